"""The reviewer in the terminal."""
