"""What no prompt may give away: where things lie on this machine, and keys."""

import os
import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from agents.schema import Record

PATH, REMOVED = "<path>", "<removed>"
_SECRET_NAME = re.compile(r"(^|_)(API)?(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)S?(_|$)", re.IGNORECASE)
_SECRET = re.compile(
    r"\b(?:sk-[\w-]{16,}|gh[pousr]_\w{20,}|hf_\w{20,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|xox[baprs]-[\w-]{10,}|"
    r"glpat-[\w-]{16,}|tvly-[\w-]{16,})|(?<=[Bb]earer )[\w.~+/-]{16,}"
)
"""Keys by the shape that services give them."""
_SHORTEST_SECRET = 8
_EVERYWHERE = {"/", "/usr", "/usr/local"}
"""Folders that every machine has; they give nothing away, and programs name them."""


class Scrubber(Record):
    """Takes out of a text the paths under `folders`, `secrets`, and whatever has the shape of a key.

    A path keeps its last name alone, which is what a traceback is read for; one inside an installed package keeps its
    place there. So the same log gives the same prompt on every machine and in every run folder.
    """

    folders: tuple[str, ...]
    secrets: tuple[str, ...] = ()

    @classmethod
    def of_host(cls, folders: Iterable[Path] = ()) -> "Scrubber":
        """For this machine as it is now; `folders` are those of the run, wherever they lie."""
        usual = (Path.home(), Path.cwd(), Path(tempfile.gettempdir()), Path(sys.prefix), Path(sys.base_prefix))
        repository = Path(__file__).resolve().parents[2]
        named = {str(form) for path in (*folders, *usual, repository) for form in (path.absolute(), path.resolve())}
        secrets = {
            value for name, value in os.environ.items() if _SECRET_NAME.search(name) and len(value) >= _SHORTEST_SECRET
        }
        known = (tuple(sorted(group, key=lambda text: (-len(text), text))) for group in (named - _EVERYWHERE, secrets))
        folders_known, secrets_known = known
        return cls(folders=folders_known, secrets=secrets_known)

    def scrub(self, text: str) -> str:
        """Return the text without what it may not give away."""
        for secret in self.secrets:
            text = text.replace(secret, REMOVED)
        text = _SECRET.sub(REMOVED, text)
        if not self.folders:
            return text
        roots = "|".join(re.escape(folder) for folder in self.folders)
        return re.sub(rf"(?<![\w.-])(?:{roots})(?![\w-]|\.\w)(?P<rest>/[^\s\"'<>:,;()\[\]{{}}|`]*)?", _shorten, text)


def _shorten(match: re.Match[str]) -> str:
    rest = (match["rest"] or "").rstrip("/")
    if not rest:
        return PATH
    if "/site-packages/" in rest:
        return f"{PATH}/{rest.rpartition('/site-packages/')[2]}"
    return f"{PATH}/{rest.rpartition('/')[2]}"
