"""A ledger lists every experiment of a study; of a search of thousands it gives an outline, and counts them all."""

import pytest

from agents.experiments.evidence import Hardware, weigh_evidence
from agents.experiments.findings import Findings
from agents.experiments.listing import FAILED, MOST_LISTED, WORST, listed_experiments
from agents.schema import Experiment
from tests.agents.experiments.study_records import make_node, make_plan, make_template

MACHINE = Hardware(cpus=2, memory_gb=7.7)
SIZE = 4 * MOST_LISTED
WINNER, WORST_NODE = 700, 800


def search(size: int) -> list[Experiment]:
    """A chain of nodes of which every third failed; one is the best, one the worst, one has a rate of its own."""
    scores = {WINNER: 9.0, WORST_NODE: 1.0}
    return [
        make_node(
            index,
            {"rate": 0.1 if index == 0 else 0.25 if index == 600 else 0.3},
            None if index % 3 == 1 and index not in scores else scores.get(index, 5.0 + index / 10_000),
            parent=index - 1 if index else None,
        )
        for index in range(size)
    ]


@pytest.fixture(scope="module")
def study() -> Findings:
    confirmation = [
        make_node(SIZE + seed, score=5.0).model_copy(update={"stage": "confirm", "arm": "treatment", "seed": seed})
        for seed in range(1001, 1011)
    ]
    plan = make_plan(search_experiments=SIZE)
    return Findings(plan, make_template(), [*search(SIZE), *confirmation])


def test_a_study_of_some_hundred_lists_every_experiment() -> None:
    study = Findings(make_plan(), make_template(), search(MOST_LISTED))
    assert listed_experiments(study) == study.experiments


def test_a_large_one_lists_what_a_reader_looks_for_in_the_order_of_the_study(study: Findings) -> None:
    listed = listed_experiments(study)
    indices = [item.index for item in listed if item.stage == "search"]
    assert {0, WINNER, WINNER - 1, WORST_NODE} <= set(indices)
    assert len(indices) < MOST_LISTED
    assert listed == sorted(listed, key=lambda item: item.index)
    assert [item.id for item in listed if item.stage == "confirm"] == [
        item.id for item in study.experiments if item.stage == "confirm"
    ]


def test_the_outline_has_the_first_failures_and_the_worst_successes(study: Findings) -> None:
    listed = {item.id for item in listed_experiments(study)}
    failed = [node.id for node in study.nodes if node.outcome and not node.outcome.is_ok]
    ranked = sorted((value, node.id) for node in study.nodes if (value := node.value("score")) is not None)
    assert listed.issuperset(failed[:FAILED])
    assert listed.issuperset(name for _, name in ranked[:WORST])
    assert failed[-1] not in listed


def test_the_ledger_counts_all_whatever_it_lists(study: Findings) -> None:
    evidence = weigh_evidence(study.plan, study.template, study.experiments, MACHINE)
    assert evidence["search.nodes"].value == SIZE
    assert evidence["cost.experiments"].value == SIZE + 10
    assert len(evidence["search.failed"].experiments) == evidence["search.failed"].value > SIZE // 4
    listed = [key for key in evidence.quantities if key.endswith(".seed")]
    assert listed == [f"exp.{item.id}.seed" for item in listed_experiments(study)]
