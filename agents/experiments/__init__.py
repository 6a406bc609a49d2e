"""The study of one idea: its search, its confirmation on fresh seeds, its evidence and its verdict."""
