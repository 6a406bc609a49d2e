"""Replies from a recording in place of a model's: by the very question, else by who asked about what."""

import json
from collections import defaultdict
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, TypeVar

from agents.errors import CannotSee, ServiceError
from agents.files import sha256_file, sha256_text
from agents.llm.endpoint import Answer, Endpoint, Message
from agents.llm.model import LiteLlmModel
from agents.llm.prompts import task_name
from agents.schema import ModelCall, Record, Task
from agents.whereabouts import whereabouts

R = TypeVar("R", bound=Record)


class Place(NamedTuple):
    """Where a question stands in a run: what is asked, in which study and node of the graph, about what."""

    task: str
    study: str
    node: str
    subject: str
    is_first: bool = True
    """It opens the talk: it mends no reply and continues none."""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.task, self.subject, self.study and f"in {self.study}")))


class _Line(NamedTuple):
    """A call that was answered. `is_cut`: the rest of its reply came in the next one."""

    number: int
    call: ModelCall
    place: Place
    text: str
    is_cut: bool


class Recording:
    """Answered calls of a run. Each is given out once, but for a question that is asked once more word for word."""

    def __init__(self, calls: Sequence[ModelCall]) -> None:
        lines = _read_lines(calls)
        self._by_prompt: Mapping[str, list[_Line]] = _group(lines, lambda line: line.call.prompt_sha256)
        self._by_place: Mapping[Place, list[_Line]] = _group(lines, lambda line: line.place)
        self._used: set[int] = set()
        self._lock = Lock()
        self.drifted = 0
        """Replies that were given out although the question had changed."""

    def take(self, place: Place, messages: Sequence[Mapping[str, str]]) -> Answer:
        """Return the reply to a question: the next one to these very words, else the next one in this place whose
        question is most alike. Raises ServiceError if there is none."""
        prompt = json.dumps(messages, ensure_ascii=False)
        with self._lock:
            line = self._same(sha256_text(prompt)) or self._nearest(place, prompt)
            if line is None:
                raise ServiceError(
                    f"the recording holds no reply for {place}; it is of another run, or of a part of it"
                )
            self._used.add(line.number)
        counts = line.call.model_dump(include={"tokens_in", "tokens_out", "cost_usd"})
        return Answer(text=line.text, is_cut=line.is_cut, **counts)

    def _same(self, prompt_sha256: str) -> _Line | None:
        """A session that goes on after a kill asks again what was answered: then the last reply stands."""
        lines = self._by_prompt.get(prompt_sha256, [])
        return next((line for line in lines if line.number not in self._used), lines[-1] if lines else None)

    def _nearest(self, place: Place, prompt: str) -> _Line | None:
        lines = [line for line in self._by_place.get(place, []) if line.number not in self._used]
        if not lines:
            return None
        self.drifted += 1
        return max(lines, key=lambda line: (_likeness(line.call.prompt, prompt), -line.number))


class RecordedEndpoint(Endpoint):
    """An endpoint that sends nothing. Its prices are the model's, so that a budget holds as it did."""

    def __init__(
        self, model: str, max_tokens: int, prices: Mapping[str, tuple[float, float]], recording: Recording
    ) -> None:
        super().__init__(model, None, 0.0, max_tokens, prices)
        self._recording = recording

    def complete(
        self,
        messages: list[Message],
        schema: Mapping[str, Any] | None = None,
        temperature: float | None = None,
        images: Sequence[Path] = (),
    ) -> Answer:
        """Return the recorded reply, whatever form was asked for; its tokens and its price are those of then.

        Raises ServiceError if there is none, CannotSee for a question with images.
        """
        del schema, temperature
        asked = _asked.get()
        is_first = all(message["role"] != "assistant" for message in messages)
        place = Place(asked.task, whereabouts().study, whereabouts().node, asked.subject, is_first)
        shown = [{"role": "user", "image_sha256": sha256_file(path)} for path in images]
        try:
            return self._recording.take(place, [*messages, *shown])
        except ServiceError as error:
            if images:  # the model saw none then
                raise CannotSee(str(error)) from error
            raise


class ReplayedModel:
    """A model with a recorded endpoint. What becomes of a reply is as ever: it is read, mended and recorded."""

    def __init__(self, model: LiteLlmModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def notes(self) -> tuple[str, ...]:
        return self._model.notes

    def ask(self, task: Task[R]) -> R:
        """Return a validated reply; raises what LiteLlmModel.ask does."""
        with _asking(task_name(task), task.subject):
            return self._model.ask(task)

    def complete(
        self, task: str, prompt: str, *, system: str, temperature: float, schema: Mapping[str, Any] | None
    ) -> Answer:
        """Return the reply to a prompt as it came; raises what LiteLlmModel.complete does."""
        with _asking(task, ""):
            return self._model.complete(task, prompt, system=system, temperature=temperature, schema=schema)


class _Asked(NamedTuple):
    task: str = ""
    subject: str = ""


_NOTHING = _Asked()
_asked: ContextVar[_Asked] = ContextVar("asked", default=_NOTHING)


@contextmanager
def _asking(task: str, subject: str) -> Generator[None]:
    token = _asked.set(_Asked(task, subject))
    try:
        yield
    finally:
        _asked.reset(token)


def _read_lines(calls: Sequence[ModelCall]) -> list[_Line]:
    """The calls that were answered; where one continues another of its place, that one was cut off."""
    lines: list[_Line] = []
    latest: dict[tuple[str, ...], int] = {}
    for call in calls:
        text = json.loads(call.reply)
        if not isinstance(text, str):  # {"error": ...}
            continue
        thread = (call.task, call.study, call.node, call.subject)
        if call.step == "continuation" and thread in latest:
            lines[latest[thread]] = lines[latest[thread]]._replace(is_cut=True)
        latest[thread] = len(lines)
        lines.append(_Line(len(lines), call, Place(*thread, is_first=call.step == "answer"), text, is_cut=False))
    return lines


K = TypeVar("K")


def _group(lines: Sequence[_Line], key: Callable[[_Line], K]) -> dict[K, list[_Line]]:
    groups: dict[K, list[_Line]] = defaultdict(list)
    for line in lines:
        groups[key(line)].append(line)
    return dict(groups)


def _likeness(one: str, other: str) -> float:
    """Share of words that two questions have in common, however their lines are laid out; their JSON has "\\n" for a
    line break."""
    first, second = (set(text.replace("\\n", " ").split()) for text in (one, other))
    return len(first & second) / len(first | second)
