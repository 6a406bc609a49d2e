"""A person's own data: looked over, hashed so that anyone can hash it again, held against that hash."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.errors import UserError
from agents.files import sha256_file
from agents.own_material import read_data_notes
from agents.own_material.data import DATA_FILE, describe_data, find_changed_data, write_data_notes
from agents.own_material.walk import list_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "measurements 2024"
    (made / "deep" / "er").mkdir(parents=True)
    (made / "b.csv").write_text("x,y\n1,2\n")
    (made / "a b.txt").write_text("notes")
    (made / "deep" / "er" / "c.bin").write_bytes(b"\0\1")
    return made


def test_a_file_has_its_own_hash(folder: Path) -> None:
    note = describe_data(folder / "b.csv")
    assert (note.name, note.kind, note.bytes, note.files) == ("b.csv", "table", 8, 1)
    assert note.sha256 == sha256_file(folder / "b.csv")
    assert note.told == "b.csv: table, files: 1, bytes: 8\nx,y\n1,2"


def test_a_folder_has_the_hash_that_sha256sum_gives(folder: Path) -> None:
    (folder / "link.csv").symlink_to("b.csv")
    note = describe_data(folder)
    assert (note.name, note.kind, note.files, note.bytes) == ("measurements 2024", "folder", 4, 23)
    command = r"find -L . -type f -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum"
    told = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=True)
    assert told.stdout.split()[0] == note.sha256


def test_no_path_of_the_machine_is_in_a_note(folder: Path) -> None:
    for path in (folder, folder / "b.csv"):
        assert str(folder.parent) not in describe_data(path).model_dump_json()


def leads_out(folder: Path) -> None:
    (folder / "out.csv").symlink_to("/etc/hostname")


def dangles(folder: Path) -> None:
    (folder / "gone.csv").symlink_to("nowhere.csv")


def links_a_folder(folder: Path) -> None:
    (folder / "loop").symlink_to(".")


def has_a_pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe")


def has_a_socket(folder: Path) -> None:
    here = Path.cwd()
    os.chdir(folder)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("s")
    os.chdir(here)


def is_closed(folder: Path) -> None:
    (folder / "b.csv").chmod(0)


def is_closed_itself(folder: Path) -> None:
    folder.chmod(0o300)


def is_empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def is_gone(folder: Path) -> None:
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (leads_out, "out.csv is a link that leads out"),
        (dangles, "is not there"),
        (links_a_folder, "is a link to a folder"),
        (has_a_pipe, "neither a file nor a folder"),
        (has_a_socket, "neither a file nor a folder"),
        (is_closed, "may not read .*b.csv; allow it with: chmod"),
        (is_closed_itself, "may not read .*measurements"),
        (is_empty, "is an empty folder"),
        (is_gone, "is not there"),
    ],
)
def test_what_cannot_be_data_is_one_line(folder: Path, spoil: Callable[[Path], None], said: str) -> None:
    spoil(folder)
    with pytest.raises(UserError, match=said) as caught:
        describe_data(folder)
    assert "\n" not in str(caught.value)


def test_a_device_is_no_data() -> None:
    with pytest.raises(UserError, match="neither a file nor a folder"):
        list_files(Path("/dev/zero"))


@pytest.mark.parametrize("name", [b"a\nb", b"caf\xe9"])
def test_a_name_that_cannot_be_written_down_is_refused(folder: Path, name: bytes) -> None:
    path = folder / os.fsdecode(name)
    path.write_text("x")
    for root in (folder, path):
        with pytest.raises(UserError, match="cannot be written down") as caught:
            list_files(root)
        assert len(str(caught.value).splitlines()) == 1


def test_too_many_files_are_refused(folder: Path) -> None:
    assert len(list_files(folder, most_files=3)) == 3
    with pytest.raises(UserError, match="more than 2 files"):
        list_files(folder, most_files=2)


class TestChanges:
    @pytest.fixture
    def run(self, tmp_path: Path, folder: Path) -> Path:
        write_data_notes(tmp_path / "run", [describe_data(folder)])
        return tmp_path / "run"

    def test_what_stayed_the_same_is_no_change(self, run: Path, folder: Path) -> None:
        assert find_changed_data(run, [folder]) == ""
        assert find_changed_data(run, [folder], is_thorough=True) == ""

    def test_a_file_that_was_touched_but_not_changed_is_noted_anew(self, run: Path, folder: Path) -> None:
        before = read_data_notes(run)[0]
        os.utime(folder / "b.csv", (1, 1))
        assert find_changed_data(run, [folder]) == ""
        after = read_data_notes(run)[0]
        assert (after.sha256, after.stamp != before.stamp) == (before.sha256, True)

    def test_another_content_is_a_change(self, run: Path, folder: Path) -> None:
        (folder / "b.csv").write_text("x,y\n1,3\n")
        assert find_changed_data(run, [folder]) == "the data measurements 2024 is not what the run started with"

    def test_another_content_of_the_same_size_and_time_is_found_by_a_thorough_look(
        self, run: Path, folder: Path
    ) -> None:
        status = (folder / "b.csv").stat()
        (folder / "b.csv").write_text("x,y\n1,3\n")
        os.utime(folder / "b.csv", ns=(status.st_atime_ns, status.st_mtime_ns))
        assert "not what the run started with" in find_changed_data(run, [folder], is_thorough=True)

    @pytest.mark.parametrize("spoil", [is_gone, leads_out, is_empty])
    def test_new_lost_and_odd_files_are_changes(self, run: Path, folder: Path, spoil: Callable[[Path], None]) -> None:
        spoil(folder)
        assert find_changed_data(run, [folder])

    def test_data_that_moved_is_the_same_data(self, run: Path, folder: Path) -> None:
        assert find_changed_data(run, [folder.rename(folder.with_name("elsewhere"))]) == ""

    def test_settings_that_name_other_data_are_a_change(self, run: Path, folder: Path) -> None:
        assert "given 1 data path(s), its settings name 2" in find_changed_data(run, [folder, folder])

    def test_damaged_notes_are_one_line(self, run: Path) -> None:
        (run / DATA_FILE).write_text("{")
        with pytest.raises(UserError, match=r"data\.json"):
            read_data_notes(run)


def test_a_run_without_data_has_no_notes(tmp_path: Path) -> None:
    assert read_data_notes(tmp_path) == ()
    assert find_changed_data(tmp_path, []) == ""
