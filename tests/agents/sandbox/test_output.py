import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.errors import ServiceError
from agents.sandbox.output import CappedLog, last_meaningful_line, plain_text


def log_all(path: Path, chunks: list[bytes], limit: int) -> bytes:
    with CappedLog(path, limit) as log:
        for chunk in chunks:
            log.write(chunk)
    return path.read_bytes()


def test_short_output_is_kept_as_it_is(tmp_path: Path) -> None:
    assert log_all(tmp_path / "log", [b"one\n", b"two"], 100) == b"one\ntwo"


def test_output_of_just_the_limit_is_kept_as_it_is(tmp_path: Path) -> None:
    assert log_all(tmp_path / "log", [b"0123456789"], 10) == b"0123456789"


def test_long_output_keeps_head_and_tail_and_says_what_is_missing(tmp_path: Path) -> None:
    assert log_all(tmp_path / "log", [b"01234", b"5678", b"9abcdef"], 10) == b"01234\n... 6 bytes left out ...\nbcdef"


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=40), max_size=20), st.integers(2, 60).map(lambda half: half * 2))
def test_kept_and_left_out_add_up_however_it_is_cut(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes], limit: int
) -> None:
    everything = b"".join(chunks)
    kept = log_all(tmp_path_factory.mktemp("log") / "log", chunks, limit)
    half = limit // 2
    missing = len(everything) - limit
    notice = f"\n... {missing} bytes left out ...\n".encode()
    assert kept == (everything if missing <= 0 else everything[:half] + notice + everything[-half:])


def test_the_head_is_on_disk_while_the_program_runs(tmp_path: Path) -> None:
    with CappedLog(tmp_path / "log", 100) as log:
        log.write(b"epoch 1\n")
        assert (tmp_path / "log").read_bytes() == b"epoch 1\n"


def test_recent_output_is_remembered_across_chunks(tmp_path: Path) -> None:
    content = random.Random(0).randbytes(50_000)
    with CappedLog(tmp_path / "log", 1000) as log:
        for at in range(0, len(content), 777):
            log.write(content[at : at + 777])
        assert log.recent == content[-16_384:]


def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    log = CappedLog(tmp_path / "log", 10)
    log.write(b"a" * 20)
    log.close()
    before = (tmp_path / "log").read_bytes()
    log.close()
    assert (tmp_path / "log").read_bytes() == before


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServiceError, match="cannot write"):
        CappedLog(tmp_path / "file" / "log", 10)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\x1b[1;31mred\x1b[0m", "red"),
        (b"\x1b]0;a title\x07shown", "shown"),
        (b"bell\x07 and null\x00", "bell and null"),
        (b"10%\r20%\r30%\r\nnext\ttab", "10%\n20%\n30%\nnext\ttab"),
        (b"\xff\xfebinary", "\ufffd\ufffdbinary"),
    ],
)
def test_text_is_safe_to_show(raw: bytes, text: str) -> None:
    assert plain_text(raw) == text


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_control_character_is_ever_shown(raw: bytes) -> None:
    assert all(character in "\n\t" or character.isprintable() or ord(character) > 159 for character in plain_text(raw))


TRACEBACK = b"""epoch 1
Traceback (most recent call last):
  File "experiment.py", line 3, in <module>
torch.cuda.CudaError: first
During handling of the above exception, another exception occurred:
Traceback (most recent call last):
  File "experiment.py", line 5, in <module>
RuntimeError: Error(s) in loading state_dict:
\tMissing key(s): "w"
"""


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"", ""),
        (b" \n\n", ""),
        (b"one\ntwo\n\n", "two"),
        (b"unfinished", "unfinished"),
        (TRACEBACK, "RuntimeError: Error(s) in loading state_dict:"),
        (b"Traceback (most recent call last):\n  x\nKeyboardInterrupt\n", "KeyboardInterrupt"),
        (b"ValueError: not the end\nlast words", "last words"),
    ],
)
def test_the_line_that_says_why(raw: bytes, line: str) -> None:
    assert last_meaningful_line(raw) == line


def test_a_line_without_end_is_cut() -> None:
    assert len(last_meaningful_line(b"x" * 10_000)) == 300
