"""The command line. Nothing but Typer loads until a command runs, so that `--help` answers at once."""
