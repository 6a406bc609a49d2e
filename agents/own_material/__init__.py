"""What a person hands in besides a question, as far as experiments and papers rest on it: data and code of their own.

A run keeps what it was given in the folder `given/`, complete or not there at all.
"""

from pathlib import Path

from agents.own_material.code import RepoNote, read_repo_note
from agents.own_material.data import DataNote, read_data_notes
from agents.own_material.show import show_repo

IDEAS_FILE = Path("given", "ideas.json")
"""Where a run folder keeps a person's ideas."""

__all__ = ["IDEAS_FILE", "DataNote", "RepoNote", "read_data_notes", "read_repo_note", "show_repo"]
