"""What model calls took, in the ledger and in the paper's table; a paper without a model stays as it is."""

from agents.paper.bills import billed_models, with_bills, without_bills
from agents.paper.colophon import Colophon
from agents.paper.costs import costs_table
from agents.paper.markup import find_keys, find_numerals
from agents.schema import Evidence, Novelty, Verdict
from agents.settings import Settings
from agents.spending import Bill
from tests.agents.store.samples import make_plan

BILLS = [
    Bill(node="propose_ideas", model="b/two-2", tokens_in=900, tokens_out=100, cost_usd=0.02),
    Bill(node="write_code", model="a/one-1", study="s1", tokens_in=1000, tokens_out=500, cost_usd=0.5),
    Bill(node="write_code", model="b/two-2", study="s1", tokens_in=2000, tokens_out=700, cost_usd=1.25),
    Bill(node="write_code", model="b/two-2", study="s1", tokens_in=50, cost_usd=0.25, is_failed=True),
    Bill(node="", model="a/one-1", study="s1", tokens_in=1, tokens_out=2, cost_usd=0.0),
]
EMPTY = Evidence(
    study="s1", registration=make_plan(), verdict=Verdict(label="inconclusive", reason="It is open."), quantities={}
)


def colophon(models: tuple[str, ...]) -> Colophon:
    novelty = Novelty(idea="i", verdict="unknown", reason="Nothing was asked.")
    return Colophon(
        researcher="m", version="1", reviewer="r", novelty=novelty, settings=Settings(topic="t"), models=models
    )


def test_totals_and_stages_are_in_the_ledger() -> None:
    evidence = with_bills(EMPTY, BILLS)
    shown = {key: evidence[key].shown for key in evidence.quantities}
    assert shown["cost.usd"] == "2.02"
    assert (shown["cost.calls"], shown["cost.tokens_in"], shown["cost.tokens_out"]) == ("5", "3951", "1302")
    assert shown["cost.assumed"] == "1"
    assert billed_models(BILLS) == ("a/one-1", "b/two-2")
    assert (shown["cost.by.write_code.1.calls"], shown["cost.by.write_code.1.usd"]) == ("2", "1.50")
    assert (shown["cost.by.write_code.0.usd"], shown["cost.by.run.0.usd"]) == ("0.5000", "0.00")
    assert not any(char.isdigit() for item in evidence.quantities.values() for char in item.label)


def test_a_sum_without_a_price_is_no_entry_and_no_nought() -> None:
    unknown = Bill(node="write_code", model="b/two-2", study="s1", tokens_in=7, is_priced=False)
    before = with_bills(EMPTY, BILLS)
    evidence = with_bills(before, [*BILLS, unknown])
    assert {key for key in before.quantities if key not in evidence.quantities} == {
        "cost.usd",
        "cost.by.write_code.1.usd",
    }
    assert evidence["cost.calls"].value == 6


def test_the_table_says_where_a_price_is_unknown() -> None:
    bills = [*BILLS, Bill(node="write_code", model="b/two-2", study="s1", tokens_in=7, is_priced=False)]
    table = costs_table(with_bills(EMPTY, bills), colophon(billed_models(bills)))
    assert table is not None
    assert table.latex.count("price unknown") == 2
    assert r"\ev{cost.by.propose_ideas.1.usd}" in table.latex and r"\ev{cost.usd}" not in table.latex


def test_later_bills_take_the_place_of_earlier_ones() -> None:
    later = [*BILLS, Bill(node="write_paper", model="0/zero", study="s1", tokens_in=1, cost_usd=1.0)]
    assert with_bills(with_bills(EMPTY, BILLS), later) == with_bills(EMPTY, later)


def test_writers_see_no_costs_however_many_calls_there_were() -> None:
    assert without_bills(with_bills(EMPTY, BILLS)) == without_bills(with_bills(EMPTY, BILLS[:1])) == EMPTY


def test_without_a_model_nothing_changes() -> None:
    assert without_bills(EMPTY) is EMPTY
    assert with_bills(EMPTY, []) is EMPTY
    assert costs_table(EMPTY, colophon(())) is None


def test_the_table_prints_every_number_from_the_ledger() -> None:
    evidence = with_bills(EMPTY, BILLS)
    table = costs_table(evidence, colophon(billed_models(BILLS)))
    assert table is not None and table.rows == 5
    assert set(find_keys(table.latex)) <= evidence.quantities.keys()
    rows = table.latex.replace(r"\allowbreak{}", "").splitlines()
    assert [row.split(" & ")[:2] for row in rows if r"\ev{cost." in row and " & " in row] == [
        ["Propose ideas", "b/two-2"], ["Write code", "a/one-1"], ["Write code", "b/two-2"], ["Run", "a/one-1"],
        ["All", ""],
    ]  # fmt: skip
    cells = [row.removesuffix(r" \\[1pt]") for row in rows if " & " in row]
    assert find_numerals(" ".join(cells).replace("one-1", "").replace("two-2", "")) == []
