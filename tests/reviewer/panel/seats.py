"""Models that answer from rules, and a small paper for them to read."""

import json
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from reviewer.schema import Paper, Section

PAPER = Paper(
    title="Does averaging help?",
    sections=(
        Section(title="Abstract", kind="abstract", text="We average weights. Over ten seeds accuracy rises."),
        Section(
            title="Method", kind="method",
            text="The control differs in nothing but the averaging. We train a small network on digits for an hour.",
        ),
        Section(
            title="Results", kind="results",
            text="Averaging gains 2.1 points over the control. The gain shrinks when the learning rate is tuned.",
        ),
        Section(title="Proofs", kind="other", text="The bound follows from convexity of the loss.", is_appendix=True),
    ),
    rows=("control 92.1", "averaged 94.2"),
    bibliography=("[1] A. Author. On averaging. 2001.",),
)  # fmt: skip

SCORES = {
    "originality": 2, "quality": 3, "clarity": 3, "significance": 2, "soundness": 3, "presentation": 3,
    "contribution": 2, "overall": 5, "confidence": 4,
}  # fmt: skip


def filled(**changes: Any) -> dict[str, Any]:
    """A filled form as a model sends it."""
    form: dict[str, Any] = {
        "summary": "It averages weights.",
        "strengths": [{"text": "A fair control.", "quotation": "differs in nothing but the averaging"}],
        "weaknesses": [
            {"text": "Tuning explains the gain.", "quotation": "gain shrinks when the learning rate is tuned",
             "is_major": True},
            {"text": "Other data sets are absent.", "quotation": "", "is_major": False},
        ],
        "questions": ["Does it hold on images?"],
        "limitations": ["One data set."],
        "decision": "reject",
    }  # fmt: skip
    return form | SCORES | changes


def weakness(text: str, quotation: str = "", is_major: bool = True) -> dict[str, Any]:
    return {"text": text, "quotation": quotation, "is_major": is_major}


def merged(*weaknesses: tuple[str, list[str]], **changes: Any) -> dict[str, Any]:
    """A meta-review as a model sends it."""
    points = [{"text": text, "sources": sources} for text, sources in weaknesses]
    meta: dict[str, Any] = {"summary": "They agree.", "strengths": [], "weaknesses": points, "questions": ["Why?"]}
    return meta | changes


Answer = Callable[[str], str | Exception]


class FakeModel:
    """Answers reviews, reflections, meta-reviews and repairs as it was told; `asked` keeps the prompts by kind."""

    def __init__(
        self,
        name: str = "fake/one",
        review: Mapping[str, Any] | str | Exception | None = None,
        reflect: Mapping[str, Any] | str | Exception | None = None,
        merge: Mapping[str, Any] | str | Exception | None = None,
        repair: Mapping[str, Any] | str | Exception | None = None,
    ) -> None:
        self._name = name
        review = filled() if review is None else review
        self._answers = {
            "review": review,
            "reflect": review if reflect is None else reflect,
            "merge": merged(("Tuning explains the gain.", ["R1.W1", "R2.W1"])) if merge is None else merge,
            "repair": review if repair is None else repair,
        }
        self.asked: list[tuple[str, str]] = []
        self.systems: set[str] = set()
        self.temperatures: list[float] = []
        self._lock = Lock()

    @property
    def name(self) -> str:
        return self._name

    def complete(self, prompt: str, *, system: str, temperature: float, schema: Mapping[str, Any] | None) -> str:
        assert schema is not None and schema["type"] == "object"
        with self._lock:
            self.asked.append((_kind(prompt), prompt))
            self.systems.add(system)
            self.temperatures.append(temperature)
        answer = self._answers[_kind(prompt)]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, str) else json.dumps(answer)

    def prompts(self, kind: str) -> list[str]:
        return [prompt for each, prompt in self.asked if each == kind]


def _kind(prompt: str) -> str:
    if "## Your reply could not be used" in prompt:
        return "repair"
    openings = {"Review the paper": "review", "You reviewed": "reflect", "You are the area chair": "merge"}
    return next(kind for opening, kind in openings.items() if prompt.startswith(opening))
