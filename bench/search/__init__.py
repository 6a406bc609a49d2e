"""Search policies on problems whose truth is known, scored in microseconds: `python -m bench.search --help`."""
