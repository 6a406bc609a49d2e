"""The seam where language models come in, and who sits on a panel."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

_TEMPERATURES = (0.2, 0.6, 0.9, 0.4)


class Model(Protocol):
    """A language model that can be asked from several threads at once."""

    @property
    def name(self) -> str: ...

    def complete(self, prompt: str, *, system: str, temperature: float, schema: Mapping[str, Any] | None) -> str:
        """Return the reply's text; `schema` is the JSON schema that it should fit. Raises ModelFailed or a subclass."""
        ...


class Member(NamedTuple):
    """One reviewer: a model at a temperature, and what this reviewer looks at hardest ("" for nothing special)."""

    model: Model
    temperature: float = 0.2
    persona: str = ""

    @property
    def key(self) -> tuple[str, float, str]:
        """What tells members apart; a panel sorts by it, so that the order they are named in does not matter."""
        return (self.model.name, self.temperature, self.persona)


def seat_members(models: Sequence[Model], reviewers: int, personas: Sequence[str] = ("",)) -> tuple[Member, ...]:
    """Seat so many reviewers: models, temperatures and personas by turns; each model gets a seat at least."""
    seats = range(max(reviewers, len(models))) if models else ()
    return tuple(
        Member(
            model=models[seat % len(models)],
            temperature=_TEMPERATURES[seat % len(_TEMPERATURES)],
            persona=personas[seat % len(personas)] if personas else "",
        )
        for seat in seats
    )


def is_same_model(one: str, other: str) -> bool:
    """Whether two LiteLLM strings mean one model: openai/gpt-4o, openrouter/openai/gpt-4o and gpt-4o do."""
    return _bare(one) == _bare(other)


def _bare(name: str) -> str:
    return name.strip().lower().rpartition("/")[2]
