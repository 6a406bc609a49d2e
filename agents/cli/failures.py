"""How things that went wrong are told: one line on stderr, an exit code, and a traceback in a file for bugs alone."""

import sys
import tempfile
import traceback
from pathlib import Path

from agents.cli.text import clean
from agents.errors import NaturalistError

INTERRUPTED = 130


def tell_failure(error: BaseException, folder: Path | None = None) -> int:
    """Write one line to stderr and return the exit code; a traceback goes into `folder`, or a temporary file."""
    if isinstance(error, NaturalistError):
        message, code = str(error), error.exit_code
    elif isinstance(error, KeyboardInterrupt):
        message, code = "stopped", INTERRUPTED
    else:
        place = _keep_traceback(error, folder)
        message, code = f"{type(error).__name__}: {error} (this is a bug; its traceback is in {place})", 1
    sys.stderr.write(f"naturalist: {clean(message)}\n")
    return code


def _keep_traceback(error: BaseException, folder: Path | None) -> Path:
    text = "".join(traceback.format_exception(error))
    if folder is not None and folder.is_dir():
        try:
            (folder / "traceback.txt").write_text(text, encoding="utf-8")
            return folder / "traceback.txt"
        except OSError:
            pass  # a full or closed run folder; the temporary one may still do
    with tempfile.NamedTemporaryFile("w", prefix="naturalist-", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.write(text)
    return Path(file.name)
