r"""The macros by which numbers reach a paper, and what of them a LaTeX text uses.

\ev{key} prints a ledger value with its unit, \evi{key} with its interval too, \evn{key} its n; \evp{key} prints a
p-value with its sign, as behind the letter p ("= 0.012", "< 0.0001"). Of a term \ev{key}
prints the words; it has neither interval nor n.
"""

import re
from collections.abc import Iterator

from agents.latex.escape import breakable, escape_latex
from agents.schema import Evidence, Quantity, Term, unit_after

_NAME = r"[^{}]*"
_EVIDENCE = re.compile(rf"\\ev(?P<form>[inp]?)(?![A-Za-z])\s*\{{(?P<key>{_NAME})\}}")
_CITE = re.compile(rf"\\[cC]ite[A-Za-z]*\*?\s*(?:\[[^\]]*\])*\s*\{{(?P<keys>{_NAME})\}}")
_REF = re.compile(rf"\\(?:[A-Za-z]*ref|labelcref)\*?\s*\{{(?P<labels>{_NAME})\}}")
_LABEL = re.compile(rf"\\label\s*\{{(?P<label>{_NAME})\}}")
_GRAPHICS = re.compile(rf"\\includegraphics\s*(?:\[[^\]]*\])?\s*\{{{_NAME}\}}")
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*")
_NUMERAL = re.compile(r"\w*\d(?:[\w.,]*\w)?")


def evidence_tex(evidence: Evidence) -> str:
    r"""LaTeX that defines every ledger entry for \ev, \evi, \evn and \evp; deterministic, in order of key."""
    entries = "\n".join(_definition(evidence, key) for key in sorted(evidence.keys))
    return f"% Generated from evidence.json; never edited.\n{entries}\n"


def shown_value(quantity: Quantity) -> str:
    """LaTeX of a value with its unit."""
    return _signed(quantity.shown) + _unit(quantity.unit, quantity.shown)


def shown_interval(quantity: Quantity) -> str:
    """LaTeX of a value with its interval and unit; the value alone where there is no interval."""
    if quantity.interval is None:
        return shown_value(quantity)
    low, high = (_signed(bound) for bound in quantity.interval)
    return f"{_signed(quantity.shown)} [{low},~{high}]{_unit(quantity.unit)}"


def shown_relation(quantity: Quantity) -> str:
    """LaTeX of a p-value with its sign: an equals sign, or less-than where the value is a bound."""
    sign, number = ("<", quantity.shown[1:]) if quantity.shown.startswith("<") else ("=", quantity.shown)
    return rf"\ensuremath{{{sign}}}~{number}"


def shown_term(term: Term) -> str:
    """LaTeX of a term's words; the names among them may break after their dots and dashes, numbers may not."""
    words = term.text.split()
    return " ".join(breakable(word) if re.search(r"[^\W\d_]", word) else escape_latex(word) for word in words)


def find_numerals(latex: str) -> list[str]:
    r"""Numbers typed by hand: whatever holds a digit outside the arguments of \ev, \evi, \evn, \cite, \ref and \label.

    Every script's digits count, superscripts and fractions such as ½ too.
    """
    rest = strip_comments(latex)
    for pattern in (_EVIDENCE, _CITE, _REF, _LABEL, _GRAPHICS):
        rest = pattern.sub(_keep_options, rest)
    signs = [char for char in rest if char.isnumeric() and not char.isdecimal() and not char.isalpha()]
    return _NUMERAL.findall(rest) + signs


def find_keys(latex: str) -> list[str]:
    r"""Ledger keys used by \ev, \evi and \evn, in order, repeats included."""
    return [match["key"].strip() for match in _EVIDENCE.finditer(strip_comments(latex))]


def find_interval_keys(latex: str) -> list[str]:
    r"""Ledger keys whose interval is printed by \evi."""
    return _keys_in_form(latex, "i")


def find_n_keys(latex: str) -> list[str]:
    r"""Ledger keys whose n is printed by \evn."""
    return _keys_in_form(latex, "n")


def find_p_keys(latex: str) -> list[str]:
    r"""Ledger keys printed as a p-value by \evp."""
    return _keys_in_form(latex, "p")


def find_cites(latex: str) -> list[str]:
    return [key for match in _CITE.finditer(strip_comments(latex)) for key in _names(match["keys"])]


def name_cites(latex: str) -> str:
    """Put [key] where a citation stands, so that plain text still says what is cited."""
    return _CITE.sub(lambda match: f"[{', '.join(_names(match['keys']))}]", latex)


def find_refs(latex: str) -> list[str]:
    return [label for match in _REF.finditer(strip_comments(latex)) for label in _names(match["labels"])]


def find_labels(latex: str) -> list[str]:
    return [match["label"].strip() for match in _LABEL.finditer(strip_comments(latex))]


def strip_comments(latex: str) -> str:
    return _COMMENT.sub(r"\1", latex)


def expand_evidence(latex: str, evidence: Evidence) -> str:
    """Put ledger values where the macros stand, as TeX will; an unknown key expands to nothing."""

    def value(match: re.Match[str]) -> str:
        key = match["key"].strip()
        if term := evidence.terms.get(key):
            return shown_term(term)
        quantity = evidence.quantities.get(key)
        if quantity is None:
            return ""
        if match["form"] == "n":
            return str(quantity.n)
        return {"": shown_value, "i": shown_interval, "p": shown_relation}[match["form"]](quantity)

    return _EVIDENCE.sub(value, latex)


def plain_text(latex: str, evidence: Evidence) -> str:
    """Roughly what a reader sees: macros expanded, commands dropped, their arguments kept, references removed."""
    text = expand_evidence(strip_comments(latex), evidence)
    for pattern in (_CITE, _REF, _LABEL, _GRAPHICS):
        text = pattern.sub("", text)
    text = text.replace("~", " ").replace(r"\,", " ").replace(r"\%", "%").replace(r"\&", "&").replace(r"\_", "_")
    text = text.replace("``", "\u201c").replace("''", "\u201d")
    text = re.sub(r"\\ensuremath\{(.)\}", r"\1", text)
    text = re.sub(r"\\(?:begin|end)\s*\{[^{}]*\}", " ", text)
    text = re.sub(r"\\[A-Za-z]+\*?|\\.", " ", text)
    return " ".join(re.sub(r"[{}$]", "", text).split())


def _definition(evidence: Evidence, key: str) -> str:
    if term := evidence.terms.get(key):
        forms = (*[shown_term(term)] * 3, escape_latex(term.text))
    else:
        quantity = evidence[key]
        forms = (shown_value(quantity), shown_interval(quantity), str(quantity.n), _for_bookmark(quantity))
    relation = ""
    if key in evidence.quantities and is_p_value(evidence[key]):
        relation = rf"\evpdefine{{{key}}}{{{shown_relation(evidence[key])}}}"
    return rf"\evdefine{{{key}}}" + "".join(f"{{{form}}}" for form in forms) + relation


def is_p_value(quantity: Quantity) -> bool:
    return quantity.aggregation == "p-value"


def _keys_in_form(latex: str, form: str) -> list[str]:
    return [match["key"].strip() for match in _EVIDENCE.finditer(strip_comments(latex)) if match["form"] == form]


def _signed(number: str) -> str:
    """Typeset minus and less-than signs as such; a number is never broken over lines."""
    if number[:1] in ("-", "<"):
        return rf"\ensuremath{{{number[0]}}}{number[1:]}"
    return number


def _unit(unit: str, shown: str = "") -> str:
    """The unit behind a number that prints as `shown`; behind an interval it is plural."""
    if not unit:
        return ""
    gap = r"\," if len(unit) <= 3 else "~"
    return gap + escape_latex(unit_after(shown, unit))


def _for_bookmark(quantity: Quantity) -> str:
    """Letters that a PDF bookmark can hold."""
    unit = f" {unit_after(quantity.shown, quantity.unit)}" if quantity.unit else ""
    return escape_latex(f"{quantity.shown}{unit}").replace(r"\ensuremath{<}", "<").replace(r"\ensuremath{>}", ">")


def _keep_options(match: re.Match[str]) -> str:
    r"""Optional arguments print (the page in \cite[p.~3]{x}), so they stay to be judged."""
    if match[0].startswith(r"\includegraphics"):
        return " "
    return " " + " ".join(re.findall(r"\[[^\]]*\]", match[0])) + " "


def _names(listed: str) -> Iterator[str]:
    return (name.strip() for name in listed.split(",") if name.strip())
