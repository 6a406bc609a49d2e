"""Tables: numbers by macro, every negative result, every experiment."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from agents.paper.markup import find_keys, find_numerals
from agents.paper.tables import arms_table, experiments_table, negative_nodes, negative_table, settings_table
from agents.schema import Knob
from tests.agents.paper.planted import Study, make_study, make_template, with_repeats


def _body(latex: str) -> str:
    return latex.partition(r"\midrule")[2]


def _rows(latex: str) -> list[str]:
    return [line for line in latex.splitlines() if line.endswith(r"\\[1pt]")]


def test_tables_look_as_agreed(tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    study = make_study(tmp_path, nodes=6, seeds=2)
    tables = [
        arms_table(study.evidence, study.template),
        settings_table(study.evidence, study.template, study.experiments),
        negative_table(study.evidence, study.template, study.experiments),
    ]
    golden("latex/tables.tex", "\n".join(table.latex for table in tables if table))


def test_every_failed_or_worse_node_is_listed_and_the_count_is_the_ledgers(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=40)
    table = negative_table(study.evidence, study.template, study.experiments)
    assert table is not None
    count = study.evidence["search.failed"].value + study.evidence["search.worse"].value
    assert len(_rows(table.latex)) == table.rows == count > 5
    assert all(node.stage == "search" for node in negative_nodes(study.template, study.experiments))


def test_a_long_list_of_negative_results_breaks_over_pages(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=40, has_winner=False)
    table = negative_table(study.evidence, study.template, study.experiments)
    assert table is not None
    assert table.is_long
    assert r"\begin{longtable}" in table.latex


def test_every_experiment_of_the_study_is_listed_and_an_arm_has_one_row(tmp_path: Path) -> None:
    """Five experiments were claimed over byte-identical code; here each one that ran has its own value."""
    study = make_study(tmp_path, nodes=7)
    table = experiments_table(study.evidence, study.template, study.experiments)
    search = [item.id for item in study.experiments if item.stage == "search"]
    ids = [row.split(" & ")[0].replace(r"\allowbreak{}", "") for row in _rows(table.latex)]
    arms = {item.arm for item in study.experiments if item.arm}
    assert (ids[:7], len(ids)) == (search, 7 + len(arms))
    assert set(find_keys(table.latex)) >= {f"exp.{item.id}.error" for item in study.experiments if item.value("error")}
    first, last = (f"exp.s1-{index:04d}.seed" for index in (7, 16))
    assert rf"\ev{{{first}}} to \ev{{{last}}}" in table.latex


def test_an_arm_is_called_by_what_it_has_and_not_by_what_it_lacks(tmp_path: Path) -> None:
    """ "Without averaging window" was the arm with that window at its default of three days."""
    study = make_study(tmp_path, nodes=7)
    assert study.template.arm_label("without_smoothing") == "label smoothing at its default"
    table = experiments_table(study.evidence, study.template, study.experiments)
    arm = next(item for item in study.experiments if item.arm == "without_dropout")
    assert rf"dropout at its default (\ev{{exp.{arm.id}.dropout}})" in table.latex


def test_a_switch_says_which_way_it_is_back() -> None:
    switch = Knob.model_validate({"name": "slack", "label": "slack term", "kind": "config", "values": [False, True],
                                  "default": False, "why": "w"})  # fmt: skip
    template = make_template(Path("t")).model_copy(update={"knobs": (switch,)})
    assert template.arm_label("without_slack") == "slack term at its default (off)"


def _numerals(study: Study, latex: str) -> list[str]:
    plain = _body(latex.replace(r"\allowbreak{}", "")).replace("[1pt]", "").replace(r"\hspace{0pt}", "")
    ids = {item.id.partition("-")[2] for item in study.experiments} | {"s1"}
    return [numeral for numeral in find_numerals(plain.replace("s1-", "s1 ")) if numeral not in ids]


def test_no_number_in_a_table_is_typed_by_hand(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=20)
    tables = [
        arms_table(study.evidence, study.template),
        settings_table(study.evidence, study.template, study.experiments),
        negative_table(study.evidence, study.template, study.experiments),
        experiments_table(study.evidence, study.template, study.experiments),
    ]
    for table in tables:
        assert table is not None
        assert _numerals(study, table.latex) == []
        assert set(find_keys(table.latex)) <= set(study.evidence.quantities)


def test_arms_that_share_their_runs_share_a_row(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=12, factors=("smoothing",))
    table = arms_table(study.evidence, study.template)
    assert table is not None
    (first,) = (item.id for item in study.experiments if item.arm == "control" and item.seed == 1000)
    shared = rf"control, label smoothing at its default (\ev{{exp.{first}.smoothing}}) &"
    assert shared in table.latex


def test_without_a_winner_there_are_no_arms_and_settings(tmp_path: Path) -> None:
    study = make_study(tmp_path, has_winner=False)
    assert arms_table(study.evidence, study.template) is None
    assert settings_table(study.evidence, study.template, study.experiments) is None


def test_labels_and_messages_with_special_characters_are_escaped(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=20, odd_labels=True)
    table = negative_table(study.evidence, study.template, study.experiments)
    assert table is not None
    assert r"smoothing \& mixing\_of all\%" in table.latex
    assert r"crashed: ValueError:" in table.latex


def _outlined(study: Study) -> Study:
    """The study with a ledger that lists every other search node only, as that of a long search does."""
    unlisted = {item.id for item in study.experiments if item.stage == "search" and item.index % 2}
    kept = {key: item for key, item in study.evidence.quantities.items() if key.split(".")[1] not in unlisted}
    return replace(study, evidence=study.evidence.model_copy(update={"quantities": kept}))


def test_of_a_long_search_the_tables_hold_what_the_ledger_lists_and_say_so(tmp_path: Path) -> None:
    study = _outlined(make_study(tmp_path, nodes=40))
    every = experiments_table(study.evidence, study.template, study.experiments)
    negative = negative_table(study.evidence, study.template, study.experiments)
    assert negative is not None
    assert every.is_outline
    nodes = sum(item.stage == "search" and item.index % 2 == 0 for item in study.experiments)
    assert every.rows == nodes + len({item.arm for item in study.experiments if item.arm})
    assert 0 < negative.rows < len(negative_nodes(study.template, study.experiments))
    assert "experiments.json" in every.latex
    assert "in outline" in negative.latex
    assert not _numerals(study, every.latex)


def test_a_repeat_is_listed_as_one_and_refers_to_its_node(tmp_path: Path) -> None:
    study = with_repeats(make_study(tmp_path, nodes=7))
    table = experiments_table(study.evidence, study.template, study.experiments)
    assert not table.is_outline
    rows = [row.replace(r"\allowbreak{}", "").split(" & ") for row in _rows(table.latex)]
    assert [(row[1], row[2], row[4]) for row in rows if row[2] == "repeat"] == [
        ("search", "repeat", "as in s1-0001")
    ] * 2
    assert _numerals(study, table.latex) == []


def test_a_repeat_that_failed_is_a_negative_result_and_one_that_did_worse_is_not(tmp_path: Path) -> None:
    """A node stands or falls by the run that has the baseline's seed."""
    study = make_study(tmp_path, nodes=7)
    repeated = with_repeats(study)
    before, after = (negative_nodes(each.template, each.experiments) for each in (study, repeated))
    assert after == [*before, repeated.experiments[-1]]
    table = negative_table(repeated.evidence, repeated.template, repeated.experiments)
    assert table is not None
    assert " & repeat & as in s1-" in table.latex
