"""The meta-review: one model brings the forms together, and code sees to it that no major objection is lost."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from reviewer.panel.asking import ask
from reviewer.panel.errors import ModelFailed
from reviewer.panel.form import Merged, MetaForm, Remark, Weakness
from reviewer.panel.model import Member
from reviewer.panel.prompts import Prompts
from reviewer.panel.review import Point, SignedForm, Trouble

_CHAIR_TEMPERATURE = 0.0
_KEPT = 0.25  # share of an objection's words that a merged one must hold to count as saying it


class Gathered(NamedTuple):
    """The words of a panel's review."""

    summary: str
    strengths: tuple[Point, ...]
    weaknesses: tuple[Point, ...]
    questions: tuple[str, ...]
    limitations: tuple[str, ...]
    troubles: tuple[Trouble, ...] = ()
    is_merged: bool = False

    @property
    def minority(self) -> tuple[Point, ...]:
        """Objections of one reviewer alone; unknown before remarks are brought together."""
        return tuple(point for point in self.weaknesses if len(point.reviewers) == 1) if self.is_merged else ()


def bring_together(forms: Sequence[SignedForm], chair: Member, prompts: Prompts) -> Gathered:
    """Merge the forms by the chair's model; one form, or a chair that fails, leaves them side by side."""
    if len(forms) == 1:
        return _side_by_side(forms)
    try:
        meta = ask(chair.model, _CHAIR_TEMPERATURE, prompts, prompts.merge(_told(forms), len(forms)), MetaForm)
    except ModelFailed as error:
        detail = f"remarks stand side by side, not brought together: {error}"
        trouble = Trouble(who=f"meta-review ({chair.model.name})", kind=error.kind, detail=detail)
        return _side_by_side(forms)._replace(troubles=(trouble,))
    return _checked(meta, forms, chair.model.name)


def _checked(meta: MetaForm, forms: Sequence[SignedForm], chair: str) -> Gathered:
    """The meta-review without what nobody said, and with what it lost."""
    remarks = _remarks(forms, "W")
    weaknesses, invented = _points(meta.weaknesses, remarks, forms)
    strengths, more = _points(meta.strengths, _remarks(forms, "S"), forms)
    lost = [key for key, remark in remarks.items() if _is_major(remark) and not _is_kept(key, remark, meta.weaknesses)]
    troubles: list[Trouble] = []
    if count := invented + more:
        detail = f"{count} remark{'s' * (count != 1)} that no reviewer made, struck out"
        troubles.append(Trouble(who=f"meta-review ({chair})", kind="invented", detail=detail))
    if lost:
        detail = f"left out {', '.join(lost)}, marked major; put back word for word"
        troubles.append(Trouble(who=f"meta-review ({chair})", kind="lost", detail=detail))
    back = tuple(_point(remarks[key].text, [key], remarks, forms) for key in lost)
    kept = _side_by_side(forms)  # what the chair does not take up is better said twice than not at all
    return Gathered(
        summary=meta.summary,
        strengths=strengths,
        weaknesses=weaknesses + back,
        questions=meta.questions or kept.questions,
        limitations=meta.limitations or kept.limitations,
        troubles=tuple(troubles),
        is_merged=True,
    )


def _is_kept(key: str, objection: Remark, merged: Iterable[Merged]) -> bool:
    """Whether a merged weakness names the objection as its source and says something of it too."""
    return any(key in each.sources and _says(each.text, objection.text) for each in merged)


def _says(merged: str, objection: str) -> bool:
    stems = _stems(objection)
    return len(stems & _stems(merged)) >= _KEPT * len(stems)


def _stems(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"\w{4,}", text.lower())}


def _points(
    merged: Sequence[Merged], remarks: dict[str, Remark], forms: Sequence[SignedForm]
) -> tuple[tuple[Point, ...], int]:
    """Merged remarks as points, without those that no known remark stands behind, and how many those were."""
    known = [(each.text, [key for key in each.sources if key in remarks]) for each in merged]
    return tuple(_point(text, keys, remarks, forms) for text, keys in known if keys), sum(not keys for _, keys in known)


def _point(text: str, keys: Sequence[str], remarks: dict[str, Remark], forms: Sequence[SignedForm]) -> Point:
    behind = [remarks[key] for key in keys]
    names = {key.partition(".")[0] for key in keys}
    return Point(
        text=text,
        quotation=next((remark.quotation for remark in behind if remark.quotation), ""),
        reviewers=tuple(signed.signature for signed in forms if signed.reviewer in names),
        is_major=any(map(_is_major, behind)),
    )


def _side_by_side(forms: Sequence[SignedForm]) -> Gathered:
    """All remarks of all forms; those in the same words become one."""
    return Gathered(
        summary=" ".join(dict.fromkeys(signed.form.summary for signed in forms)),
        strengths=_alike(forms, "S"),
        weaknesses=_alike(forms, "W"),
        questions=tuple(dict.fromkeys(text for signed in forms for text in signed.form.questions)),
        limitations=tuple(dict.fromkeys(text for signed in forms for text in signed.form.limitations)),
    )


def _alike(forms: Sequence[SignedForm], letter: Literal["S", "W"]) -> tuple[Point, ...]:
    remarks = _remarks(forms, letter)
    keys: dict[str, list[str]] = {}
    for key, remark in remarks.items():
        keys.setdefault(remark.text, []).append(key)
    return tuple(_point(text, same, remarks, forms) for text, same in keys.items())


def _remarks(forms: Sequence[SignedForm], letter: Literal["S", "W"]) -> dict[str, Remark]:
    return {key: remark for signed in forms for key, remark in signed.remarks(letter).items()}


def _is_major(remark: Remark) -> bool:
    return isinstance(remark, Weakness) and remark.is_major


def _told(forms: Sequence[SignedForm]) -> str:
    """The forms as the chair reads them: void remarks left out, models unnamed."""
    return "\n\n".join(_one_told(signed) for signed in forms)


def _one_told(signed: SignedForm) -> str:
    form = signed.form
    lines = [f"{signed.reviewer}: overall {form.overall:g}, confidence {form.confidence:g}, {form.decision}"]
    lines.append(f"Summary: {form.summary}")
    for key, remark in (signed.remarks("S") | signed.remarks("W")).items():
        quoted = f" (paper: {remark.quotation!r})" if remark.quotation else ""
        lines.append(f"{key}{' [major]' * _is_major(remark)}: {remark.text}{quoted}")
    lines += [f"Question: {text}" for text in form.questions]
    return "\n".join(lines + [f"Limitation: {text}" for text in form.limitations])
