"""Trees as arrays: what scikit-learn says, monotone where told to be, and a file that can run nothing."""

import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reviewer.errors import ReviewerError
from reviewer.estimate.trees import Trees, fit_trees, load_trees

ENSEMBLE: Any = import_module("sklearn.ensemble")
DIRECTIONS = [1, 0, 1]


def draw(n: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=(n, 3))


def target_of(x: Any) -> Any:
    return x[:, 0] + np.sin(3 * x[:, 1]) + draw(len(x), 9)[:, 2]


@pytest.fixture(scope="module")
def trees() -> Trees:
    x = draw(200)
    return fit_trees(x, target_of(x), DIRECTIONS, n_trees=30, seed=5)


def test_prediction_is_that_of_scikit_learn(trees: Trees) -> None:
    x = draw(200)
    forest = ENSEMBLE.ExtraTreesRegressor(
        30, min_samples_leaf=8, max_features=0.3, monotonic_cst=DIRECTIONS, random_state=5
    ).fit(x, target_of(x))
    new = draw(500, seed=1)
    assert np.abs(trees.predict(new) - forest.predict(new)).max() < 1e-5


def test_more_never_lowers_where_the_direction_is_one(trees: Trees) -> None:
    x = draw(300, seed=2)
    for column in (0, 2):
        more = x.copy()
        more[:, column] += np.abs(draw(300, seed=3)[:, 0])
        assert (trees.predict(more) >= trees.predict(x) - 1e-9).all()


def test_where_the_direction_is_free_it_may_fall(trees: Trees) -> None:
    x = np.zeros((50, 3))
    x[:, 1] = np.linspace(-2, 2, 50)
    steps = np.diff(trees.predict(x))
    assert (steps < 0).any() and (steps > 0).any()


def test_it_learns(trees: Trees) -> None:
    new = draw(400, seed=4)
    assert np.corrcoef(trees.predict(new), new[:, 0] + np.sin(3 * new[:, 1]))[0, 1] > 0.7


def test_a_row_alone_is_predicted_as_among_others(trees: Trees) -> None:
    x = draw(20, seed=6)
    assert np.array_equal(np.concatenate([trees.predict(row[None, :]) for row in x]), trees.predict(x))


def test_same_seed_same_trees_and_another_seed_others(trees: Trees) -> None:
    x = draw(200)
    again, other = (fit_trees(x, target_of(x), DIRECTIONS, n_trees=30, seed=seed) for seed in (5, 6))
    assert np.array_equal(again.threshold, trees.threshold)
    assert not np.array_equal(other.threshold, trees.threshold)


def test_a_target_that_is_always_the_same_gives_it_back() -> None:
    x = draw(40)
    found = fit_trees(x, np.full(40, 4.5), DIRECTIONS, n_trees=3, seed=0)
    assert found.predict(draw(5, 1)).tolist() == [4.5] * 5


# --- the file ------------------------------------------------------


def test_what_was_saved_comes_back(trees: Trees, tmp_path: Path) -> None:
    trees.save(tmp_path / "t.npz")
    found = load_trees(tmp_path / "t.npz")
    for name, array in trees._asdict().items():
        stored = getattr(found, name)
        assert stored.dtype == array.dtype and np.array_equal(stored, array), name
    x = draw(50, 7)
    assert np.array_equal(found.predict(x), trees.predict(x))


def test_file_holds_plain_arrays_of_numbers_and_no_pickle(trees: Trees, tmp_path: Path) -> None:
    trees.save(tmp_path / "t.npz")
    with zipfile.ZipFile(tmp_path / "t.npz") as file:
        heads = [file.read(name)[:128] for name in file.namelist()]
    assert len(heads) == len(Trees._fields)
    assert all(head.startswith(b"\x93NUMPY") and b"'|O'" not in head for head in heads)


def write_pickle(path: Path) -> None:
    arrays: Any = {name: np.array([{"a": 1}], dtype=object) for name in Trees._fields}
    np.savez(path, **arrays)


def write_half(path: Path) -> None:
    np.savez(path, feature=np.zeros(3))


def small() -> Trees:
    x = draw(60)
    return fit_trees(x, target_of(x), DIRECTIONS, n_trees=5, seed=0)


def write_cut(path: Path) -> None:
    small().save(path)
    path.write_bytes(path.read_bytes()[:-200])


def write_flipped(path: Path) -> None:
    small().save(path)
    content = bytearray(path.read_bytes())
    content[120:160] = bytes(255 - byte for byte in content[120:160])
    path.write_bytes(content)


def write_words(path: Path) -> None:
    path.write_text("no trees here")


def write_nothing(path: Path) -> None:
    path.write_bytes(b"")


def write_one_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


def write_cycle(path: Path) -> None:
    small().save(path)
    with np.load(path) as stored:
        arrays = dict(stored)
    arrays["left"][arrays["left"] > 0] = 0
    np.savez(path, **arrays)


def write_uneven(path: Path) -> None:
    small()._replace(value=np.zeros(1, dtype=np.float32)).save(path)


def write_no_tree(path: Path) -> None:
    found = small()
    none: Any = [array[:0] for array in found]
    Trees(*none).save(path)


def leave_out(path: Path) -> None:
    del path


DAMAGED = [
    write_pickle, write_half, write_cut, write_flipped, write_words, write_nothing, write_one_array, write_cycle,
    write_uneven, write_no_tree, leave_out,
]  # fmt: skip


@pytest.mark.parametrize("write", DAMAGED)
def test_a_file_that_is_none_of_ours_is_refused_in_a_line(tmp_path: Path, write: Any) -> None:
    write(tmp_path / "trees.npz")
    with pytest.raises(ReviewerError, match="fit it anew") as caught:
        load_trees(tmp_path / "trees.npz")
    assert "\n" not in str(caught.value) and "trees.npz" in str(caught.value)
