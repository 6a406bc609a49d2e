"""A model service on loopback that knows the toy template and how to write one: it answers from what a prompt says."""

import itertools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.agents import free_toy
from tests.agents.llm.chat_server import Reply
from tests.agents.scripted import DOSE, PAIR, SUGAR, VERDICT_WORDS
from tests.reviewer.panel.seats import filled

BOOSTS = (0.25, 0.5, 1.0)
TRIMS = (0.1, 0.2, 0.15, 0.05)
FOLLOWING = DOSE.model_copy(
    update={
        "id": "dose-beside-sugar",
        "title": "On dose beside sugar",
        "hypothesis": DOSE.hypothesis.model_copy(update={"companions": ("placebo",)}),
        "parents": (DOSE.id,),
    }
)
"""What the service proposes once a study is finished."""
CLOCK = "import time\nprint('begun at', time.time_ns())\n"
"""Makes every log another one, as timings do."""


class Faulty:
    """Answers as `answer` does but for requests whose number, from 1 on, has a fault."""

    def __init__(self, faults: Mapping[int, Reply], answer: Callable[[dict[str, Any]], Reply]) -> None:
        self.faults = faults
        self.answer = answer
        self.count = itertools.count(1)

    def __call__(self, request: dict[str, Any]) -> Reply:
        return self.faults.get(next(self.count)) or self.answer(request)


def study_the_toy(request: dict[str, Any]) -> Reply:
    """What a model that does its work answers; its first words tell which question a prompt is."""
    if request["model"] == "reviewer":
        return Reply(json.dumps(filled()))
    prompt = str(request["messages"][0]["content"])
    opening = " ".join(prompt[:400].split())
    for words, answer in _ANSWERS.items():
        if words in opening:
            return Reply(answer(prompt))
    return Reply(_write(prompt))


def _propose(prompt: str) -> str:
    ideas = (FOLLOWING,) if "What a follow-up must be" in prompt else (DOSE, PAIR, SUGAR)
    return _fenced({"ideas": [idea.model_dump(mode="json") for idea in ideas]})


def _plan_search(prompt: str) -> str:
    return _fenced({"mechanism": "A dose is raised.", "queries": ["dose and response"]})


def _judge(prompt: str) -> str:
    return _fenced({"verdict": "unknown", "reason": "No literature was asked"})


def _change(prompt: str) -> str:
    return _change_trim(prompt) if "`trim`" in prompt else _change_boost(prompt)


def _change_trim(prompt: str) -> str:
    """Other settings for the program as it stands."""
    number = int(_first(r"This will be node (\d+)", prompt))
    return _fenced({"summary": "another share", "config": {"trim": TRIMS[number % len(TRIMS)], "passes": 1}})


def _change_boost(prompt: str) -> str:
    number = int(_first(r"This will be node (\d+)", prompt))
    code = re.search(r'<data name="experiment.py">\n(.*?)\n</data>', prompt, re.S)
    assert code
    config = {"boost": BOOSTS[number % len(BOOSTS)], "placebo": 0, "fault": "none"}
    text = code[1] if CLOCK in code[1] else code[1].replace("import argparse\n", f"import argparse\n{CLOCK}", 1)
    return f"{_fenced({'summary': 'another boost', 'config': config})}\n````code\n{text}\n# {number}\n````\n"


def _analyse(prompt: str) -> str:
    return _fenced({"findings": [{"text": "The boost was measured.", "keys": ["search.nodes"]}]})


def _write(prompt: str) -> str:
    section = re.search(r'Write the section "(\w+)"', prompt)
    verdict = re.search(r"Verdict by the registered rule: \*\*(\w+)\*\*", prompt)
    assert section and verdict
    said = {"title": "A study of a toy", "abstract": VERDICT_WORDS[verdict[1]]}
    return f"````text\n{said.get(section[1], 'Nothing more is to be said.')}\n````\n"


def _invent(prompt: str) -> str:
    return _fenced({"ideas": [free_toy.IDEA.model_dump(mode="json")]})


def _look_again(prompt: str) -> str:
    return _fenced({"idea": None, "query": "robust means", "is_final": "This is the last look" in prompt})


def _adopt(prompt: str) -> str:
    name = _first(r'`id` is exactly "([^"]+)"', prompt)
    return _fenced(free_toy.IDEA.model_dump(mode="json") | {"id": name})


def _design(prompt: str) -> str:
    return _fenced(free_toy.DESIGN.model_dump(mode="json"))


def _evaluate(prompt: str) -> str:
    return f"````data_module\n{free_toy.DATA}````\n\n````evaluator\n{free_toy.EVALUATOR}````\n"


def _pass(prompt: str) -> str:
    return _fenced({"is_sound": True})


def _program(prompt: str) -> str:
    return f"````experiment\n{free_toy.PROGRAM}````\n"


def _support(prompt: str) -> str:
    numbers = re.findall(r"^## (\d+)$", prompt, re.M)
    return _fenced({"verdicts": [{"number": int(number), "verdict": "cannot tell"} for number in numbers]})


def _first(pattern: str, prompt: str) -> str:
    found = re.search(pattern, prompt)
    assert found, pattern
    return found[1]


def _fenced(reply: object) -> str:
    return f"```json\n{json.dumps(reply)}\n```"


_ANSWERS: dict[str, Callable[[str], str]] = {
    "decisive experiments. Propose": _propose,
    "what must be searched for": _plan_search,
    "is already known": _judge,
    "Write the next experiment": _change,
    "reads results": _analyse,
    "You check citations": _support,
    "decisive experiments. Invent": _invent,
    "A person had the idea": _adopt,
    "Look again at an idea": _look_again,
    "into the design of a study": _design,
    "the two fixed programs": _evaluate,
    "its evaluator is frozen": _pass,
    "the first working version": _program,
}
