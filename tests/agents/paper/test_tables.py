"""Tables: numbers by macro, every negative result, every experiment."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from agents.paper.markup import find_keys, find_numerals
from agents.paper.tables import arms_table, experiments_table, negative_nodes, negative_table, settings_table
from tests.agents.paper.planted import Study, make_study, with_repeats


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


def test_every_experiment_of_the_study_has_a_row(tmp_path: Path) -> None:
    """Five experiments were claimed over byte-identical code; here each one that ran stands under its id."""
    study = make_study(tmp_path, nodes=7)
    table = experiments_table(study.evidence, study.template, study.experiments)
    assert [row.split(" & ")[0].replace(r"\allowbreak{}", "") for row in _rows(table.latex)] == [
        item.id for item in study.experiments
    ]


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
    assert "control, without label smoothing &" in table.latex


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
    assert every.rows == sum(item.stage != "search" or item.index % 2 == 0 for item in study.experiments)
    assert 0 < negative.rows < len(negative_nodes(study.template, study.experiments))
    assert "experiments.json" in every.latex
    assert "in outline" in negative.latex
    assert not _numerals(study, every.latex)


def test_a_repeat_is_listed_as_one_and_refers_to_its_node(tmp_path: Path) -> None:
    study = with_repeats(make_study(tmp_path, nodes=7))
    table = experiments_table(study.evidence, study.template, study.experiments)
    assert table.rows == len(study.experiments) and not table.is_outline
    rows = [row.replace(r"\allowbreak{}", "").split(" & ") for row in _rows(table.latex)[-2:]]
    assert [(row[1], row[2], row[4]) for row in rows] == [("search", "repeat", "as in s1-0001")] * 2
    assert _numerals(study, table.latex) == []


def test_a_repeat_that_failed_is_a_negative_result_and_one_that_did_worse_is_not(tmp_path: Path) -> None:
    """A node stands or falls by the run that has the baseline's seed."""
    study = make_study(tmp_path, nodes=7)
    repeated = with_repeats(study)
    before, after = (negative_nodes(each.template, each.experiments) for each in (study, repeated))
    assert after == [*before, repeated.experiments[-1]]
    table = negative_table(repeated.evidence, repeated.template, repeated.experiments)
    assert table is not None
    assert " & repeat & none & ran out of time" in table.latex
