"""No prompt tells where things lie on this machine, or a key."""

import os
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.llm.prompts import render_prompt
from agents.llm.scrubbing import Scrubber
from agents.schema import Task
from tests.agents.llm import task_samples as samples

SCRUBBER = Scrubber(folders=("/home/ada/runs", "/home/ada"), secrets=("correct-horse-battery",))
KEYS = [
    "sk-proj-abcdefghijklmnopqrstu",
    "ghp_abcdefghijklmnopqrstuvwxyz012345",
    "hf_abcdefghijklmnopqrstuv",
    "AKIAABCDEFGHIJKLMNOP",
]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ('File "/home/ada/runs/r1/experiments/s1-0003/experiment.py", line 3', 'File "<path>/experiment.py", line 3'),
        ("/home/ada/venv/lib/python3.11/site-packages/numpy/core/x.py:3", "<path>/numpy/core/x.py:3"),
        ("cd /home/ada. Then", "cd <path>. Then"),
        ("file:///home/ada/a.csv", "file://<path>/a.csv"),
        ("/home/adam/x and data/home/ada", "/home/adam/x and data/home/ada"),
        ("the password is correct-horse-battery!", "the password is <removed>!"),
        ("Authorization: Bearer abcdefghijklmnop.qrs", "Authorization: Bearer <removed>"),
        ("a risk-averse task-specific sk-learn", "a risk-averse task-specific sk-learn"),
        ("#!/usr/bin/env python3", "#!/usr/bin/env python3"),
    ],
)
def test_paths_keep_their_last_name_and_secrets_go(text: str, clean: str) -> None:
    assert SCRUBBER.scrub(text) == clean


@given(st.text(), st.text())
def test_what_is_clean_stays_clean(before: str, after: str) -> None:
    once = SCRUBBER.scrub(f"{before}/home/ada/runs/x{after}")
    assert "/home/ada/runs" not in once or (before and (before[-1].isalnum() or before[-1] in "_.-"))
    assert SCRUBBER.scrub(once) == once


@pytest.fixture
def key() -> Generator[str]:
    """A key in the environment, as a user has one; of no service, so that no other test can use it."""
    os.environ["NATURALIST_TEST_API_KEY"] = "0123-swordfish-4567"
    yield "0123-swordfish-4567"
    del os.environ["NATURALIST_TEST_API_KEY"]


TASKS = [
    samples.PROPOSE_IDEAS,
    samples.JUDGE_NOVELTY,
    samples.PROPOSE_CHANGE,
    samples.PROPOSE_CROSS,
    samples.WRITE_SECTION,
]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)
def test_no_prompt_holds_a_key_or_a_path_of_the_host(task: Task[Any], key: str, tmp_path: Path) -> None:
    places = [tmp_path / "run", Path.home(), Path.cwd(), Path(tempfile.gettempdir()), Path(sys.prefix)]
    planted = " ".join([key, *KEYS, *(f'File "{place}/private/x.py", line 1 in {place}' for place in places)])
    prompt = render_prompt(_plant(task, planted))
    assert "<removed>" in prompt
    assert "<path>/x.py" in prompt
    assert not [secret for secret in (key, *KEYS) if secret in prompt]
    assert not [place for place in map(str, places) if place in prompt]


def test_prompt_is_the_same_wherever_the_run_lies(tmp_path: Path) -> None:
    prompts = [
        render_prompt(_plant(samples.PROPOSE_CHANGE, f'File "{folder}/experiments/1/experiment.py", line 2'))
        for folder in (tmp_path / "a", tmp_path / "b" / "c")
    ]
    assert prompts[0] == prompts[1]


def test_folders_of_the_run_are_known_wherever_they_lie() -> None:
    assert Scrubber.of_host([Path("/data/runs")]).scrub("/data/runs/a/b.py") == "<path>/b.py"
    assert Scrubber.of_host().scrub("/data/runs/a/b.py") == "/data/runs/a/b.py"


def _plant(task: Task[Any], text: str) -> Task[Any]:
    """The task with a text in whatever field of it comes from a log, a page or a person."""
    for name in ("log_tail", "previous", "topic"):
        if name in type(task).model_fields:
            return task.model_copy(update={name: text})
    source = samples.SOURCE.model_copy(update={"abstract": text})
    return task.model_copy(update={"sources": (source,)})
