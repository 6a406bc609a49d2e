"""Adapters by name: a known name, an entry point of an installed plug-in, or a dotted path of the user's own."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from agents.errors import UserError


def find_adapter(kind: str, name: str, known: Mapping[str, str]) -> Any:
    """Return what `name` stands for: `known` maps names to "module:attribute"; plug-ins register as naturalist.<kind>.

    An unknown name raises UserError listing the known ones.
    """
    plugins = _plugins(f"naturalist.{kind}")
    target = known.get(name) or plugins.get(name) or (name if ":" in name else None)
    if target is None:
        choices = ", ".join(sorted({*known, *plugins}))
        raise UserError(f"unknown {kind} {name!r}; known: {choices}; or give your own as package.module:Name")
    module, _, attribute = target.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise UserError(f"cannot load {kind} {name!r} from {target}: {error}") from error


@cache
def _plugins(group: str) -> dict[str, str]:
    """Looked for once: every installed package is asked."""
    return {point.name: point.value for point in entry_points(group=group)}
