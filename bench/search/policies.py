"""Policies by text: a registered name or a dotted path, with options in brackets as in `best_first[drafts=3]`."""

import json
import re
from typing import Any

from agents.errors import UserError
from agents.registry import find_adapter
from agents.search import POLICIES
from agents.search.view import Policy

KNOWN = POLICIES | {"treequest_a": "bench.search.treequest_adapter:TreequestA"}
_BETWEEN = re.compile(r",(?![^\[]*\])")
_FORM = re.compile(r"([^\[\]]+)(?:\[(.*)\])?")


def split_names(text: str) -> list[str]:
    """Split at the commas that stand outside of brackets."""
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]


def make_policy(text: str) -> Policy:
    """Make a policy anew. Raises UserError for an unknown one; options are validated by the policy itself."""
    name, options = read_form(text)
    return find_adapter("policy", name, KNOWN)(**options)


def read_form(text: str) -> tuple[str, dict[str, Any]]:
    """The name and the options; raises UserError where the text has another form."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise UserError(f"cannot read policy {text!r}; write name or name[option=value,option=value]")
    return form[1], dict(_option(part) for part in split_names(form[2] or ""))


def _option(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UserError(f"option {text!r} has no value; write option=value")
    try:
        return name.strip(), json.loads(value)
    except json.JSONDecodeError:
        return name.strip(), value.strip()
