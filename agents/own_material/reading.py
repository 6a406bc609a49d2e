"""Reading a small text file that a person hands in; what cannot be read is one line that says why."""

from pathlib import Path

from agents.errors import UserError

MOST_BYTES = 2_000_000


def read_text(path: Path, what: str) -> str:
    """Return the text of a UTF-8 file of at most 2 MB; raises UserError that calls it `what`, else."""
    try:
        if not path.is_file():
            raise UserError(f"cannot read {what}: {path} is {'a folder' if path.is_dir() else 'not there'}")
        if (size := path.stat().st_size) > MOST_BYTES:
            raise UserError(f"cannot read {what}: {path.name} has {size} bytes; give {MOST_BYTES} or fewer")
        raw = path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {what}: {path}: {error.strerror}") from error
    except ValueError as error:  # a NUL in the path
        raise UserError(f"cannot read {what}: {path!r} is no path") from error
    if b"\0" in raw:
        raise UserError(f"cannot read {what}: {path.name} is no text but binary")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"cannot read {what}: {path.name} is not UTF-8 (byte {error.start}); save it as UTF-8"
        ) from error
    if not text.strip():
        raise UserError(f"cannot read {what}: {path.name} is empty")
    return text
