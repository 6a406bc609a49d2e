"""A first look at data: short, harmless, and never an error whatever the file holds."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.own_material.data import describe_data
from agents.own_material.preview import MOST_CHARS


def look(path: Path, content: str | bytes) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return describe_data(path).preview


def test_a_table_shows_its_header_and_three_lines(tmp_path: Path) -> None:
    assert look(tmp_path / "a.csv", "id,score\n1,2\n3,4\n5,6\n7,8\n") == (
        "id,score\n1,2\n3,4\n5,6\n(5 line breaks in all)"
    )


def test_wide_lines_are_shortened_and_control_characters_are_blanks(tmp_path: Path) -> None:
    shown = look(tmp_path / "a.jsonl", "x" * 5000 + "\n\x1b[31mred\n")
    assert shown == "x" * 100 + "…\n [31mred"


def test_arrays_show_shape_and_type(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((3, 4), dtype=np.float32))
    np.savez_compressed(tmp_path / "b.npz", x=np.arange(5), y=np.zeros((2, 2)))
    assert describe_data(tmp_path / "a.npy").preview == "shape (3, 4), type <f4"
    assert describe_data(tmp_path / "b.npz").preview == "x: shape (5,), type <i8; y: shape (2, 2), type <f8"


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert describe_data(tmp_path / "a.npy").preview == "shape (1,), type |O"
    assert look(tmp_path / "b.npy", b"\x80\x04cos\nsystem\n") == "not readable as arrays without unpickling"


def test_images_are_counted(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for number in range(4):
        (tmp_path / f"{number}.png").write_bytes(b"\x89PNG")
    assert describe_data(tmp_path).preview == "files: 4 .png (0.png, 1.png, 2.png, ...)"


def test_a_folder_shows_the_first_file_that_can_be_looked_into(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "b.csv").write_text("x\n1\n")
    assert describe_data(tmp_path).preview == "files: 1 .csv, 1 .png (a.png, b.csv)\nb.csv:\nx\n1"


def with_members(**members: bytes) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return raw.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\3\4", with_members(a=b"\x93NUMPY"), with_members(a=b"\x93NUMPY\1\0\xff\xff" + b"(" * 70_000),
     b"\x93NUMPY\2\0\xff\xff\xff\xff{"],
)  # fmt: skip
def test_broken_arrays_are_said_to_be_so(tmp_path: Path, content: bytes) -> None:
    for name in ("a.npy", "a.npz"):
        assert look(tmp_path / name, content) == "not readable as arrays without unpickling"


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([".csv", ".npy", ".npz", ".json", ".txt", ".png", ""]),
    st.binary(max_size=300) | st.binary(max_size=40).map(b"\x93NUMPY\1\0\x20\0".__add__),
)
def test_any_content_has_a_short_preview(tmp_path_factory: pytest.TempPathFactory, suffix: str, content: bytes) -> None:
    shown = look(tmp_path_factory.getbasetemp() / f"junk{suffix}", content)
    assert len(shown) <= MOST_CHARS
    shown.encode()
