"""What notes say of a search."""

from hypothesis import given
from hypothesis import strategies as st

from agents.schema import Config, Experiment, KnobValue, Metric, Outcome, Patch
from agents.search.notes import MOST_NOTES, take_notes

SCORE = Metric(name="score", label="score", direction="maximize", unit="points", decimals=2)
BASELINE: Config = {"rate": 0.1, "width": 8, "kind": "plain"}


def node(
    index: int, value: float | None, parent: int | None = None, patch: Patch = "edit", **config: object
) -> Experiment:
    known: Config = {name: each for name, each in config.items() if isinstance(each, bool | int | float | str)}
    outcome = Outcome(status="crash") if value is None else Outcome(status="ok", metrics={"score": value})
    return Experiment(
        id=f"s1-{index:04d}", study="s1", index=index, stage="search", change="", config=BASELINE | known,
        parent=None if parent is None else f"s1-{parent:04d}", code_sha256="0" * 64, seed=0, split="search",
        researcher="", patch=patch, outcome=outcome,
    )  # fmt: skip


def notes(*nodes: Experiment, metric: Metric = SCORE) -> tuple[str, ...]:
    return take_notes(nodes, metric, BASELINE)


START = node(0, 1.0)


def test_nothing_is_said_of_nothing() -> None:
    assert notes() == notes(START) == ()


def test_the_settings_that_gained_most_come_first_and_one_that_lost_follows() -> None:
    found = notes(
        START, node(1, 1.5, rate=0.2), node(2, 2.0, width=16), node(3, 0.5, kind="odd"), node(4, 0.9, rate=0.3)
    )
    assert found == (
        "width=16 gained: +1.00 points in the mean of 1",
        "rate=0.2 gained: +0.50 points in the mean of 1",
        'kind="odd" lost: -0.50 points in the mean of 1',
    )


def test_a_gain_is_counted_from_the_parent_and_only_for_what_it_changed() -> None:
    found = notes(START, node(1, 3.0, rate=0.2), node(2, 2.5, 1, rate=0.2, width=16))
    assert "width=16 lost: -0.50 points in the mean of 1" in found
    assert "rate=0.2 gained: +2.00 points in the mean of 1" in found


def test_what_gained_often_counts_for_more_than_one_lucky_run() -> None:
    often = [node(index, 1.9, rate=0.2) for index in range(1, 6)]
    assert notes(START, *often, node(6, 2.1, width=16))[0].startswith("rate=0.2")


def test_the_setting_that_fails_is_named_with_how_often() -> None:
    found = notes(
        START, node(1, None, rate=9.0), node(2, None, rate=9.0), node(3, 1.0, rate=9.0), node(4, 1.0, width=16)
    )
    assert found[-1] == "rate=9.0 failed in 2 of 3"
    assert notes(START, *[node(index, 1.0 if index > 1 else None, rate=9.0) for index in range(1, 5)]) == ()


def test_kinds_of_step_are_compared_once_there_are_several() -> None:
    found = notes(START, node(1, 2.0, 0, "edit", rate=0.2), node(2, 1.0, 0, "rewrite", width=16))
    assert found[-1] == (
        "by kind of step: improve +1.00 points in the mean of 1; rewrite +0.00 points in the mean of 1"
    )


def test_a_lower_value_is_a_gain_where_the_metric_is_minimised() -> None:
    loss = SCORE.model_copy(update={"direction": "minimize"})
    assert notes(START, node(1, 0.5, rate=0.2), metric=loss) == ("rate=0.2 gained: +0.50 points in the mean of 1",)


def test_repeats_and_what_still_runs_say_nothing() -> None:
    running = node(2, 5.0, width=16).model_copy(update={"outcome": None})
    assert notes(START, node(1, 5.0, 0, "repeat"), running) == ()


@given(
    st.lists(
        st.tuples(
            st.none() | st.floats(-1e6, 1e6),
            st.none() | st.integers(0, 9),
            st.floats(0, 1) | st.text(max_size=80),
            st.sampled_from(["edit", "rewrite", "cross"]),
        ),
        max_size=10,
    )
)
def test_notes_are_few_short_lines_whatever_happened(
    rows: list[tuple[float | None, int | None, KnobValue, Patch]],
) -> None:
    nodes = [
        node(i, value, parent if parent is not None and parent < i else None, patch, rate=rate)
        for i, (value, parent, rate, patch) in enumerate(rows)
    ]
    found = notes(*nodes)
    assert len(found) <= MOST_NOTES
    assert all(len(line.splitlines()) == 1 and len(line) < 250 for line in found)
