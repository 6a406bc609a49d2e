"""The circle-packing template: what fits is decided exactly, methods keep to their work, and no packing is stored."""

import ast
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from agents.slots import experiment_source, fill_slots
from templates import find_template
from tests.templates.loading import load_module

TEMPLATE = find_template("circle_packing")
FOLDER = TEMPLATE.path
JUDGE, PACKER = (load_module(FOLDER / name, FOLDER) for name in ("evaluate.py", "experiment.py"))
SQUARE = PACKER.square
COUNT = SQUARE.COUNT
SPLITS = PACKER.SPLITS
GRID = np.stack(np.meshgrid(np.arange(0.1, 1, 0.2), np.arange(0.1, 1, 0.2)), axis=-1).reshape(-1, 2)
GRID_AND_GAP = np.vstack([GRID, [[0.2, 0.2]]])
CIRCLES = arrays(np.float64, (COUNT, 3), elements=st.floats(0, 1))


def choices(slot: str) -> list[str]:
    return [str(value) for value in TEMPLATE.knob(slot).values]


def packer(tmp_path: Path, **changes: str) -> Any:
    """experiment.py as a module, with other snippets in its slots."""
    path = tmp_path / "experiment.py"
    path.write_text(fill_slots(TEMPLATE, experiment_source(TEMPLATE), {**TEMPLATE.baseline, **changes}))
    return load_module(path, FOLDER)


def random_packing(module: Any, seed: int = 0) -> Any:
    centres = np.random.default_rng(seed).random((COUNT, 2))
    return module.Packing(centres, module.size_circles(centres, module.Work(1)))


def circles_of(packing: Any) -> np.ndarray:
    return np.column_stack(packing)


# --- what fits -----------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(circles=CIRCLES)
@example(circles=np.full((COUNT, 3), 2.0**-1030))  # dividing by such a radius overflows
def test_whatever_is_handed_in_fits_after_shrinking_and_no_circle_grew(circles: np.ndarray) -> None:
    shrunk = SQUARE.shrink(circles)
    assert SQUARE.is_packing(shrunk)
    assert (shrunk[:, :2] == circles[:, :2]).all()
    assert (shrunk[:, 2] <= circles[:, 2]).all()
    assert (shrunk[:, 2] >= 0).all()


def test_circles_that_fit_exactly_keep_their_radii() -> None:
    """Binary fractions, so that touching is exact."""
    centres = np.stack(np.meshgrid([0.125, 0.375, 0.625, 0.875], [0.125, 0.375, 0.625, 0.875]), axis=-1).reshape(-1, 2)
    circles = np.zeros((COUNT, 3))
    circles[:, :2] = 0.25
    circles[:16] = np.column_stack([centres, np.full(16, 0.125)])
    assert (SQUARE.shrink(circles) == circles).all()
    assert JUDGE.measure(circles)["sum_of_radii"] == 2.0


def test_one_unit_in_the_last_place_too_much_is_an_overlap() -> None:
    circles = np.zeros((COUNT, 3))
    circles[:2] = [[0.25, 0.5, 0.25], [0.75, 0.5, 0.25]]
    assert SQUARE.is_packing(circles)
    circles[1, 2] = np.nextafter(0.25, 1)
    assert not SQUARE.is_packing(circles)


def test_shrinking_stops_where_the_first_circles_touch() -> None:
    circles = np.column_stack([np.random.default_rng(1).random((COUNT, 2)), np.full(COUNT, 0.3)])
    shrunk = SQUARE.shrink(circles)
    pairs = SQUARE.distances(shrunk[:, :2]) - 2 * shrunk[0, 2]
    walls = SQUARE.wall_distances(shrunk[:, :2]) - shrunk[:, 2]
    assert 0 <= min(pairs.min(), walls.min()) < 1e-12


def test_boasting_of_larger_radii_gains_nothing() -> None:
    honest = circles_of(random_packing(PACKER))
    boast = honest * [1, 1, 3]
    assert JUDGE.measure(boast)["sum_of_radii"] == pytest.approx(JUDGE.measure(honest)["sum_of_radii"])


def test_circles_on_one_spot_have_no_radius() -> None:
    assert JUDGE.measure(np.full((COUNT, 3), 0.5)) == {"sum_of_radii": 0.0, "covered": 0.0, "contacts": 325.0}


def test_a_grid_of_circles_has_the_contacts_and_the_area_that_one_counts_by_hand() -> None:
    circles = np.column_stack([GRID_AND_GAP, [*[0.1] * 25, 0.0]])
    found = JUDGE.measure(circles)
    assert found["sum_of_radii"] == pytest.approx(2.5)
    assert found["covered"] == pytest.approx(25 * np.pi)
    assert found["contacts"] == 40 + 20


# --- radii and local improvement ----------------------------------


def test_the_linear_programme_finds_the_radii_that_are_best_for_a_grid_with_one_gap_filled() -> None:
    found = PACKER.solve_programme(GRID_AND_GAP, 0.0, PACKER.Work(1))
    assert found.total == pytest.approx(2.5 + 0.1 * (np.sqrt(2) - 1))
    assert (found.centres == GRID_AND_GAP).all()


def test_circles_that_grow_alike_stop_where_they_meet() -> None:
    radii = PACKER.size_circles(GRID_AND_GAP, PACKER.Work(1))
    met = np.sqrt(2) / 20
    assert radii[-1] == pytest.approx(met)
    assert sorted(radii) == pytest.approx([met] * 5 + [0.1] * 21)


@pytest.mark.parametrize("seed", range(3))
def test_growing_alike_and_the_programme_give_packings_and_the_programme_the_better_one(seed: int) -> None:
    grown = random_packing(PACKER, seed)
    best = PACKER.solve_programme(grown.centres, 0.0, PACKER.Work(1))
    for packing in (grown, best):
        assert SQUARE.shrink(circles_of(packing))[:, 2].sum() == pytest.approx(packing.total, abs=1e-7)
    assert best.total > grown.total


@pytest.mark.parametrize("step", [0.02, 0.1, 0.2])
def test_a_programmes_moves_keep_to_the_step_and_need_no_shrinking(step: float) -> None:
    """The linearised distance is never too long."""
    start = random_packing(PACKER).centres
    found = PACKER.solve_programme(start, step, PACKER.Work(1))
    assert np.abs(found.centres - start).max() <= step + 1e-9
    assert SQUARE.shrink(circles_of(found))[:, 2].sum() == pytest.approx(found.total, abs=1e-6)
    assert found.total > PACKER.solve_programme(start, 0.0, PACKER.Work(1)).total


@pytest.mark.parametrize("choice", [choice for choice in choices("improve") if choice != "none"])
@pytest.mark.parametrize("layout", choices("layout"))
def test_every_improvement_improves_every_layout_and_says_what_it_cost(
    choice: str, layout: str, tmp_path: Path
) -> None:
    """From one start it may end in a bad place, which depends on the last bit of a sum: so the mean of three."""
    module = packer(tmp_path, improve=choice, layout=layout, radii="linear_programme")
    gains: list[float] = []
    for seed in (2, 3, 4):
        config, work = {**TEMPLATE.baseline, "passes": 32}, module.Work(100)
        start = module.lay_out(np.random.default_rng(seed))
        better = module.improve(start, config, work)
        assert 0.5 < work.spent < 60
        assert ((better >= 0) & (better <= 1)).all()
        gains.append(float(module.size_circles(better, work).sum() - module.size_circles(start, work).sum()))
    assert sum(gains) / len(gains) > 0.03


# --- disturbances -------------------------------------------------


@pytest.mark.parametrize("choice", choices("disturb"))
@pytest.mark.parametrize("moved", TEMPLATE.knob("moved").values)
def test_every_disturbance_changes_a_copy_and_stays_in_the_square(choice: str, moved: int, tmp_path: Path) -> None:
    module = packer(tmp_path, disturb=choice)
    packing = random_packing(module)
    before = packing.centres.copy()
    config = {**TEMPLATE.baseline, "jitter": 0.08, "moved": moved}
    after = module.disturb(packing, config, np.random.default_rng(5))
    assert (packing.centres == before).all()
    assert after.shape == before.shape
    assert ((after >= 0) & (after <= 1)).all()
    assert (after != before).any()


def test_without_jitter_a_swap_keeps_all_places(tmp_path: Path) -> None:
    module = packer(tmp_path, disturb="swap")
    packing = random_packing(module)
    after = module.disturb(packing, {"jitter": 0.0, "moved": 2}, np.random.default_rng(5))
    assert (after != packing.centres).any(axis=1).sum() == 4
    assert sorted(after.tolist()) == sorted(packing.centres.tolist())


def test_without_jitter_one_small_circle_goes_where_there_is_room(tmp_path: Path) -> None:
    module = packer(tmp_path, disturb="smallest_to_hole")
    packing = random_packing(module)
    after = module.disturb(packing, {"jitter": 0.0, "moved": 1}, np.random.default_rng(5))
    is_moved: np.ndarray = (after != packing.centres).any(axis=1)
    assert is_moved.sum() == 1
    assert packing.radii[is_moved] <= np.sort(packing.radii)[5]
    gaps = np.linalg.norm(packing.centres[~is_moved] - after[is_moved], axis=1) - packing.radii[~is_moved]
    assert gaps.min() > 0


def test_at_temperature_zero_no_loss_is_accepted_and_at_a_high_one_most_are() -> None:
    random = np.random.default_rng(0)
    assert not any(PACKER.is_accepted(-1e-9, 0.0, random) for _ in range(50))
    assert all(PACKER.is_accepted(1e-9, 0.0, random) for _ in range(50))
    assert np.mean([PACKER.is_accepted(-0.001, 0.01, random) for _ in range(400)]) == pytest.approx(0.905, abs=0.05)


# --- work, seeds, splits ------------------------------------------


@pytest.mark.parametrize("radii", choices("radii"))
@pytest.mark.parametrize("improve", choices("improve"))
def test_the_work_is_kept_to_but_for_what_was_begun(improve: str, radii: str, tmp_path: Path) -> None:
    module = packer(tmp_path, improve=improve, radii=radii)
    work = module.find_packing(TEMPLATE.baseline, np.random.default_rng(1), 20.0)
    begun = 20.0 if improve in ("penalty", "slsqp") else 1.2 + 1e-9
    assert 20 <= work.spent <= 20 + begun
    spent, totals = zip(*work.course, strict=True)
    assert list(spent) == sorted(spent)
    assert list(totals) == sorted(totals)
    assert totals[-1] == work.best.total


def test_hopping_with_improvement_beats_the_default_at_equal_work(tmp_path: Path) -> None:
    module = packer(tmp_path, improve="penalty", disturb="smallest_to_hole", radii="linear_programme")
    plain, good = (m.find_packing(TEMPLATE.baseline, np.random.default_rng(0), 40.0) for m in (PACKER, module))
    assert plain.best.total < 2.5 < 2.55 < good.best.total


def test_a_fresh_start_takes_the_best_of_its_layouts() -> None:
    config = {**TEMPLATE.baseline, "starts": 16}
    many, one = PACKER.Work(10), PACKER.Work(10)
    PACKER.begin(config, np.random.default_rng(3), many)
    PACKER.begin(TEMPLATE.baseline, np.random.default_rng(3), one)
    assert many.best.total > one.best.total
    assert many.spent > one.spent


def test_the_packings_of_the_splits_are_found_independently(tmp_path: Path) -> None:
    works = {
        name: PACKER.find_packing(TEMPLATE.baseline, np.random.default_rng([0, n]), 5.0) for name, n in SPLITS.items()
    }
    PACKER.write_results(tmp_path, works)
    search, confirm = (JUDGE.read_circles(tmp_path / f"{name}.npy") for name in SPLITS)
    assert not np.isin(search[:, 0], confirm[:, 0]).any()
    for name, circles in (("search", search), ("confirm", confirm)):
        assert JUDGE.measure(circles)["sum_of_radii"] == pytest.approx(works[name].best.total, abs=1e-12)


def test_no_file_of_the_template_holds_a_table_of_numbers() -> None:
    """Coordinates of a known packing would be a canned answer."""
    for path in sorted(FOLDER.rglob("*.py")):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        tables = [node for node in nodes if isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict)]
        for table in tables:
            numbers = [n for n in ast.walk(table) if isinstance(n, ast.Constant) and isinstance(n.value, float)]
            assert len(numbers) <= 3, f"{path.name}:{table.lineno}"


def test_the_facts_are_the_programs_numbers() -> None:
    facts = {name: fact.value for name, fact in TEMPLATE.facts.items()}
    assert (facts["circles"], facts["work"], facts["largest_radius"]) == (COUNT, PACKER.BUDGET, PACKER.LARGEST)


def test_the_first_idea_searches_every_knob_that_is_not_minor() -> None:
    first = json.loads((FOLDER / "ideas.json").read_text())[0]["hypothesis"]
    searched = {*first["factors"], *first["companions"]}
    assert {knob.name for knob in TEMPLATE.knobs} - searched == {"step", "starts"}


# --- what cannot be measured --------------------------------------

GOOD = np.column_stack([GRID_AND_GAP, np.full(COUNT, 0.01)])
BAD = {
    "negative radius": GOOD * [1, 1, -1],
    "outside": np.add(GOOD, [1, 0, 0]),
    "not a number": GOOD * [1, 1, np.nan],
    "infinite": np.add(GOOD, [0, 0, np.inf]),
    "one circle less": GOOD[1:],
    "one circle more": np.vstack([GOOD, GOOD[:1]]),
    "no radii": GOOD[:, :2],
    "halves": GOOD.astype(np.float16),
    "whole numbers": np.zeros((COUNT, 3), dtype=np.int64),
    "complex": GOOD.astype(np.complex128),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_list_of_circles_is_refused(case: str, tmp_path: Path) -> None:
    np.save(tmp_path / "search.npy", BAD[case])
    with pytest.raises(ValueError, match=r"^(coordinates and radii|expected 64-bit floats)"):
        JUDGE.read_circles(tmp_path / "search.npy")


def test_a_good_list_of_circles_is_read_as_it_is(tmp_path: Path) -> None:
    for order in ("C", "F"):
        np.save(tmp_path / "search.npy", np.array(GOOD, order=order))
        assert (JUDGE.read_circles(tmp_path / "search.npy") == GOOD).all()


@settings(max_examples=60, deadline=None)
@given(junk=st.binary(max_size=300))
def test_no_bytes_get_past_the_reader(junk: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("junk", numbered=True) / "search.npy"
    for head in (b"", b"\x93NUMPY\x01\x00"):
        path.write_bytes(head + junk)
        with pytest.raises((ValueError, EOFError)):
            JUDGE.read_circles(path)
