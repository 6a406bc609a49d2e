"""What the writer of a section is shown: enough of the ledger for what it says, and no more than can be read."""

import re

import pytest

from agents.llm.prompts import render_prompt
from agents.schema import SECTIONS, Evidence, Experiment, Outcome, SectionName
from agents.showing import ANALYST, MOST_NODES, SHOWN, ledger_rows, told_nodes
from agents.tasks import Finding
from tests.agents.llm.task_samples import EVIDENCE, TEMPLATE, WRITE_SECTION, make_node
from tests.e2e.toy import ROOT

KEPT = ROOT / "papers" / "block-medians-patients"
KEY = re.compile(r"\\ev[in]?\{([^}]*)\}")


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_of_the_paper_that_a_model_wrote_is_shown_every_entry_that_it_prints(section: SectionName) -> None:
    """The paper was written when every section saw the whole ledger; what it took from there it must still see. Entries
    of single secondary metrics came to it by the findings."""
    evidence = Evidence.model_validate_json((KEPT / "evidence.json").read_bytes())
    printed = set(KEY.findall((KEPT / "sections" / f"{section}.tex").read_text()))
    found = {key for key in printed if key.startswith(("arm.without_", "ablation."))}
    shown = {row.key for row in ledger_rows(evidence, SHOWN[section], found)}
    told = {key for key in printed if key.startswith("exp.") and "nodes" in SHOWN[section].parts}
    assert printed <= shown | told


def test_what_the_findings_rest_on_is_shown_with_them_and_nowhere_else() -> None:
    findings = (Finding(text="It took long.", keys=("cost.experiment_s",)),)
    task = WRITE_SECTION.model_copy(
        update={"analysis": WRITE_SECTION.analysis.model_copy(update={"findings": findings})}
    )
    rows = {section: [row.key for row in task.model_copy(update={"section": section}).rows] for section in SECTIONS}
    assert "cost.experiment_s" in rows["results"] and "cost.experiment_s" not in rows["related_work"]


def test_a_section_to_be_mended_is_shown_what_it_prints_and_cites_already() -> None:
    previous = r"It took \ev{cost.experiment_s} \citep{srivastava2014dropout}."
    task = WRITE_SECTION.model_copy(update={"section": "conclusion", "previous": previous})
    assert [row.key for row in task.rows] == ["effect.primary", "cost.experiment_s"]
    assert [source.key for source in task.cited] == ["srivastava2014dropout"]
    assert task.model_copy(update={"previous": ""}).cited == ()


def test_a_row_tells_value_unit_interval_and_nothing_that_hangs_on_the_machine() -> None:
    rows = {row.key: row for row in ledger_rows(EVIDENCE, SHOWN["experiments"], ("effect.primary",))}
    assert rows["cost.experiment_s"].shown == "as measured, in s"
    assert (rows["effect.primary"].shown, rows["effect.primary"].n) == ("0.004 [-0.010, 0.020]", "2")
    assert rows["levels.dropout"].shown == "0.0 and 0.5"


def long_search(count: int) -> list[Experiment]:
    made = [make_node(0, None, "baseline", Outcome(status="ok", metrics={"accuracy": 0.5}))]
    for index in range(1, count):
        outcome = Outcome(status="ok", metrics={"accuracy": index / 1000}) if index % 5 else Outcome(status="crash")
        made.append(make_node(index, None, "tried", outcome, dropout=0.5))
    return made


def test_of_a_long_search_baseline_winner_best_worst_and_failed_are_told() -> None:
    nodes = long_search(200)
    seeds = {f"exp.{node.id}.seed": EVIDENCE["effect.primary"] for node in nodes}
    best = {"search.best": EVIDENCE["effect.primary"].model_copy(update={"experiments": ("s1-0077",)})}
    evidence = EVIDENCE.model_copy(update={"quantities": seeds | best})
    told = told_nodes(evidence, nodes, TEMPLATE.metric)
    assert len(told) <= MOST_NODES and told == sorted(told, key=lambda node: node.index)
    assert {0, 77, 199, 198, 1, 2, 5, 10} <= {node.index for node in told}
    assert told_nodes(evidence, nodes[:MOST_NODES], TEMPLATE.metric) == nodes[:MOST_NODES]


def test_everybody_is_shown_the_verdict_and_the_analyst_more_than_any_writer() -> None:
    for section in SECTIONS:
        prompt = render_prompt(WRITE_SECTION.model_copy(update={"section": section}))
        assert "Verdict by the registered rule: **inconclusive**" in prompt and "Dropout raises accuracy." in prompt
        assert ("refused if not finite" in prompt) == (section == "method")
    assert {"contract", "rule", "nodes", "failures", "risks"} <= set(ANALYST.parts)
