"""The title: it says what the verdict says, no more."""

from agents.latex.escape import escape_latex
from agents.offline.phrases import capitalise, join_words
from agents.offline.writing.story import Story
from agents.schema import Knob

LONGEST_WORDS = 18
_SMALL_TEXT = "a an and as at beside by for from in into nor of on or over per the to under versus with"
_SMALL = frozenset(_SMALL_TEXT.split())


def write_title(story: Story) -> str:
    """A claim for a supported hypothesis, a denial for a refuted one, an open question's name otherwise.

    The template's own title follows as the scope of the claim where there is room for it.
    """
    headline = _headline(story)
    whole = headline + _where(story)
    return (whole if len(whole.split()) <= LONGEST_WORDS else headline) + "\n"


def title_case(text: str) -> str:
    """Capitalise the words of a title; small words inside it and words with capitals of their own stay."""
    found = [word if index and word in _SMALL else _raised(word) for index, word in enumerate(text.split())]
    return " ".join(found)


def _headline(story: Story) -> str:
    subject, metric = _subject(story), _name(story.metric.label)
    raises = story.raises.capitalize() if len(_named(story)) == 1 else story.raises.removesuffix("s").capitalize()
    if not story.is_confirmed:
        return f"No Evidence Yet Whether {subject} {raises} {metric}"
    if story.verdict == "supported":
        return f"{subject} {raises} {metric}"
    if story.verdict == "refuted":
        high = story.effect.high
        extent = "" if high is not None and high <= 0 else "Practically Relevant "
        return f"No {extent}Benefit of {subject} for {metric}"
    return f"No Sufficient Evidence That {subject} {raises} {metric}"


def _subject(story: Story) -> str:
    """The factors; two of them act together, and a tuned companion is part of the claim."""
    factors = _named(story)
    names = join_words([_name(knob.label) + _level(story, knob) for knob in factors])
    return names + (" Together" if len(factors) > 1 else _beside(story.companions))


def _named(story: Story) -> list[Knob]:
    """The factors that the title is about: of a claim that holds, those that the winner moved."""
    moved = [knob for knob in story.factors if knob in story.changed]
    return moved if story.verdict == "supported" and moved else list(story.factors)


def _level(story: Story, knob: Knob) -> str:
    """The winning level where it is a word: a choice among words has no more or less that the label could stand for."""
    value = story.winner.config[knob.name] if story.winner else None
    is_word = isinstance(value, str) and value != knob.default and not any(char.isdigit() for char in value)
    return f" ``{escape_latex(str(value).replace('_', ' '))}''" if is_word else ""


def _beside(companions: list[Knob]) -> str:
    return f", with {join_words([_name(knob.label) for knob in companions])} Tuned," if companions else ""


def _where(story: Story) -> str:
    """The template's own title as the scope of the claim."""
    scope = "" if any(char.isdigit() for char in story.template.title) else story.template.title
    return f": {_name(scope)}" if scope else ""


def _name(label: str) -> str:
    return escape_latex(title_case(label))


def _raised(word: str) -> str:
    return "-".join(part if part in _SMALL else capitalise(part) for part in word.split("-"))
