"""What notes say of a search."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from agents.schema import (
    Config,
    Curve,
    Experiment,
    Knob,
    KnobValue,
    Metric,
    Outcome,
    Patch,
    Status,
    Template,
    measured_values,
)
from agents.search.effects import Setting, estimate_effects, measure_noise
from agents.search.notes import MOST_NOTES, take_notes

SCORE = Metric(name="score", label="score", direction="maximize", unit="%", decimals=2)
TOY = Template(
    name="toy", path=Path("toy"), title="", field="", description="", keywords=(), metric=SCORE, datasets=(),
    timeout_s=1, curve=Curve(x="", y=""), evaluator_sha256="0" * 64,
    knobs=(
        Knob(name="rate", label="", default=0.1, values=(0.1, 0.2, 0.4)),
        Knob(name="kind", label="", default="plain", values=("plain", "odd", "even"), kind="code"),
        Knob(name="width", label="", default=8, values=(8, 16, 32)),
        Knob(name="depth", label="", default=1, values=(1, 2)),
    ),
)  # fmt: skip
UNKNOWN = "noise: not known, nothing was measured twice yet"


def node(
    index: int, value: float | None, parent: int | None = None, patch: Patch = "edit", code: str = "0",
    status: Status = "crash", **config: KnobValue,
) -> Experiment:  # fmt: skip
    outcome = Outcome(status=status) if value is None else Outcome(status="ok", metrics={"score": value})
    changed: Config = TOY.baseline | config
    return Experiment(
        id=f"s1-{index:04d}", study="s1", index=index, stage="search", change="", config=changed,
        parent=None if parent is None else f"s1-{parent:04d}", code_sha256=code * 64, seed=0, split="search",
        researcher="", patch=patch, outcome=outcome,
    )  # fmt: skip


def notes(*nodes: Experiment, template: Template = TOY, factors: tuple[str, ...] = ("rate",)) -> tuple[str, ...]:
    return take_notes(nodes, template, factors, [knob.name for knob in template.knobs])


def gain(nodes: list[Experiment], knob: str, value: KnobValue) -> float:
    return estimate_effects(nodes, TOY)[Setting(knob, value)].gain


START = node(0, 1.0)
QUIET = [node(90 + each, 1.0 + 0.01 * each, 0, "repeat") for each in range(6)]
"""Repeats of the start: noise is known, and small."""


def test_nothing_is_said_before_anything_was_tried() -> None:
    assert notes() == notes(START) == ()


def test_factors_come_before_companions_that_gained_more_and_name_their_untried_levels() -> None:
    found = notes(START, node(1, 1.5, 0, rate=0.2), node(2, 4.0, 0, width=16), *QUIET)
    assert [line.split(":")[0] for line in found] == ["factor rate", "companion width", "noise"]
    assert found[0].endswith("; not tried: 0.4")


def test_a_factor_that_nobody_varied_is_named_and_such_a_companion_is_not() -> None:
    found = notes(START, node(1, 2.0, 0, width=16))
    assert found[0] == "factor rate: not tried: 0.2, 0.4"
    assert not any("depth" in line for line in found)


def test_only_knobs_that_may_be_set_are_told_of() -> None:
    nodes = (START, node(1, 1.5, 0, rate=0.2), node(2, 4.0, 0, width=16))
    assert not any("rate" in line for line in take_notes(nodes, TOY, ("rate",), ("width",)))


def test_a_level_that_only_failed_counts_as_tried_and_is_said_to_fail() -> None:
    found = notes(START, node(1, None, 0, rate=0.4), node(2, None, 0, rate=0.4), node(3, 1.0, 0, width=16))
    assert found[0] == "factor rate: not tried: 0.2"
    assert "rate=0.4 failed in 2 of 2" in found


def test_what_the_budget_or_the_machine_stopped_is_no_failure_of_a_setting() -> None:
    stopped = [node(1, None, 0, rate=0.4, status="skipped"), node(2, None, 0, rate=0.4, status="infra")]
    assert not any("failed" in line for line in notes(START, *stopped))


def test_two_settings_that_moved_together_share_the_gain_and_are_told_with_perhaps() -> None:
    both = [START, node(1, 3.0, 0, rate=0.2, width=16), *QUIET]
    assert gain(both, "rate", 0.2) == gain(both, "width", 16) < 1.0
    assert "0.2 perhaps +" in notes(*both)[0]


def test_a_setting_gets_no_credit_for_what_the_other_did_alone() -> None:
    nodes = [
        START,
        *[node(i, 3.0, 0, rate=0.2, width=16) for i in (1, 2)],
        *[node(i, 3.0, 0, width=16) for i in (3, 4)],
    ]
    assert abs(gain(nodes, "rate", 0.2)) < 0.2 < 1.2 < gain(nodes, "width", 16)


def test_children_of_a_lucky_node_are_not_blamed_for_its_luck() -> None:
    nodes = [START, node(1, 1.0, 0, rate=0.2), node(2, 1.0, 0, rate=0.2), node(3, 3.0, 0, rate=0.2)]
    child = node(4, 1.5, 3, rate=0.2, width=16)  # worse than its parent, not than others with the same rate
    assert gain([*nodes, child], "width", 16) > -0.2


def test_a_gain_below_the_noise_is_told_without_a_sign() -> None:
    loud = [node(5, 0.0, 0, "repeat"), node(6, 2.0, 0, "repeat"), node(7, 1.0, 0, "repeat")]
    found = notes(START, node(1, 1.2, 0, rate=0.2), node(2, 9.0, 0, rate=0.4), *loud)
    assert "0.2 within the noise (1), 0.4 +" in found[0]
    assert found[-1] == "noise: 0.82 percentage points between seeds (standard deviation from 3 repeats)"


def test_without_repeats_every_gain_is_only_perhaps() -> None:
    found = notes(START, node(1, 2.0, 0, rate=0.2))
    assert found == ("factor rate: 0.2 perhaps +0.62 (1); not tried: 0.4", UNKNOWN)


def test_noise_is_pooled_over_the_programs_that_were_repeated() -> None:
    nodes = [START, node(1, 3.0, 0, "repeat"), node(2, 5.0, 0, rate=0.2), node(3, 5.0, 2, "repeat", rate=0.2)]
    assert len(measured_values(nodes, "score")) == 2
    noise = measure_noise(nodes, SCORE)
    assert noise is not None and (noise.sd, noise.repeats) == (1.0, 2)


def test_a_lower_value_is_a_gain_where_the_metric_is_minimised() -> None:
    loss = TOY.model_copy(update={"metric": SCORE.model_copy(update={"direction": "minimize"})})
    assert "0.2 perhaps +" in notes(START, node(1, 0.5, 0, rate=0.2), template=loss)[0]


def test_a_better_program_is_no_merit_of_the_settings_on_it() -> None:
    rewritten = node(1, 5.0, 0, "rewrite", "1", rate=0.2)
    nodes = [
        START,
        node(2, 1.0, 0, rate=0.2),
        node(3, 1.0, 0, rate=0.2),
        rewritten,
        node(4, 5.0, 1, code="1", rate=0.2),
    ]
    assert abs(gain(nodes, "rate", 0.2)) < 0.5
    assert any(line.startswith("program changed in s1-0001: +") for line in notes(*nodes, *QUIET))


def test_a_text_that_changed_with_a_code_knob_is_no_program_of_its_own() -> None:
    nodes = [START, node(1, 5.0, 0, code="1", kind="odd")]
    assert list(estimate_effects(nodes, TOY)) == [Setting("kind", "odd")]


def test_numbers_are_told_in_their_order_so_that_a_dose_can_be_read() -> None:
    line = notes(START, node(1, 2.0, 0, rate=0.4), node(2, 9.0, 0, rate=0.2), node(3, 3.0, 0, rate=0.3))[0]
    assert line.index("0.2 ") < line.index("0.3 ") < line.index("0.4 ")


def test_one_diverged_value_does_not_outweigh_all_others() -> None:
    nodes = [
        START,
        *(node(i, 1.0 + 0.1 * (i % 3), 0, rate=0.2) for i in range(1, 9)),
        node(9, -1e9, 0, rate=0.2, width=16),
    ]
    assert abs(gain(nodes, "rate", 0.2)) < 1


@given(
    st.lists(
        st.tuples(
            st.none() | st.floats(allow_nan=False, allow_infinity=False),
            st.none() | st.integers(0, 9),
            st.floats(0, 1) | st.text(max_size=80) | st.booleans(),
            st.sampled_from(["edit", "rewrite", "cross", "repeat"]),
            st.sampled_from("012"),
        ),
        max_size=10,
    )
)
def test_notes_are_few_short_lines_and_always_the_same_whatever_happened(
    rows: list[tuple[float | None, int | None, KnobValue, Patch, str]],
) -> None:
    nodes = [
        node(i, value, parent if parent is not None and parent < i else None, patch, code, rate=rate)
        for i, (value, parent, rate, patch, code) in enumerate(rows)
    ]
    found = notes(*nodes)
    assert found == notes(*nodes) and len(found) <= MOST_NOTES
    assert all(len(line.splitlines()) == 1 and len(line) < 250 for line in found)
