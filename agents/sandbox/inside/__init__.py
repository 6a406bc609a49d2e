"""What runs on the other side: programs that start a command, fence it in and end it. Standard library only."""
