"""What a person hands in besides a question, as far as experiments and papers rest on it: data and code of their own.

A run keeps what it was given in the folder `given/`, complete or not there at all.
"""

from agents.own_material.code import RepoNote, read_repo_note
from agents.own_material.data import DataNote, read_data_notes
from agents.own_material.show import show_repo

__all__ = ["DataNote", "RepoNote", "read_data_notes", "read_repo_note", "show_repo"]
