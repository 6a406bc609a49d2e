"""Where calibrations are kept: found by key, replaced whole, and damage told in one line."""

import re
from pathlib import Path

import pytest

from reviewer.calibration import Calibration, CalibrationKey, CalibrationStore
from reviewer.errors import ReviewerError
from tests.reviewer.calibration.samples import KEY, calibration

OTHER = CalibrationKey(model="gpt-4o", prompt_sha256="a" * 64, form="neurips")
PLACES = ["all.json", "folder", "deep/folder"]


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Calibration:
    return calibration(tmp_path_factory.mktemp("data") / "papers.jsonl", n=120)


@pytest.mark.parametrize("name", PLACES)
class TestBothKinds:
    def test_nothing_is_found_where_nothing_is(self, name: str, tmp_path: Path) -> None:
        store = CalibrationStore(tmp_path / name)
        assert store.find(KEY) is None
        assert store.all() == ()

    def test_what_was_put_is_found_by_its_key_alone(self, name: str, tmp_path: Path, fitted: Calibration) -> None:
        store = CalibrationStore(tmp_path / name)
        store.put(fitted)
        assert CalibrationStore(tmp_path / name).find(KEY) == fitted
        assert store.find(OTHER) is None
        assert store.find(KEY.model_copy(update={"form": "iclr"})) is None

    def test_a_second_of_the_same_key_takes_its_place(self, name: str, tmp_path: Path, fitted: Calibration) -> None:
        store = CalibrationStore(tmp_path / name)
        newer = fitted.model_copy(update={"score": None})
        for found in (fitted, fitted.model_copy(update={"key": OTHER}), newer):
            store.put(found)
        assert store.find(KEY) == newer
        assert sorted(found.key.model for found in store.all()) == [OTHER.model, KEY.model]

    def test_no_other_file_is_left(self, name: str, tmp_path: Path, fitted: Calibration) -> None:
        file = CalibrationStore(tmp_path / name).put(fitted)
        assert list(file.parent.iterdir()) == [file]

    @pytest.mark.parametrize(
        ("old", "new", "complaint"),
        [
            ('"version": 1', '"version": 2', "format 2, this reviewer reads 1; fit it again"),
            ('"version": 1,', "", "format None"),
            (r"(?s).*", "[]", "format None"),
            (r"(?s)\"training\".*", "", "no readable calibration"),
            (r"(?s).*", "", "no readable calibration"),
            ('"base_rate": ', '"base_rate": 7', "damaged calibration at .*base_rate"),
            ('"half_width": [0-9.]+', '"half_width": NaN', "half_width"),
        ],
    )
    def test_damage_is_told_in_one_line(
        self, name: str, old: str, new: str, complaint: str, tmp_path: Path, fitted: Calibration
    ) -> None:
        store = CalibrationStore(tmp_path / name)
        file = store.put(fitted)
        file.write_text(re.sub(old, new, file.read_text(), count=1))
        with pytest.raises(ReviewerError, match=complaint) as raised:
            store.find(KEY)
        assert "\n" not in str(raised.value)
        assert str(file) in str(raised.value)


def test_bytes_that_are_no_text_are_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "all.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReviewerError, match="no readable calibration"):
        CalibrationStore(tmp_path / "all.json").all()


def test_what_cannot_be_written_or_read_is_told(tmp_path: Path, fitted: Calibration) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReviewerError, match="cannot be read"):
        CalibrationStore(tmp_path / "file" / "folder").find(KEY)
    with pytest.raises(ReviewerError, match="cannot be written"):
        CalibrationStore(tmp_path / ("a" * 245 + ".json")).put(fitted)  # no room for the name of the temporary file
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
