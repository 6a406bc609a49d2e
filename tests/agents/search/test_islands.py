"""Where nodes live, and which of them stand for their island."""

from hypothesis import given
from hypothesis import strategies as st

from agents.search.islands import home_islands, keep_elites
from agents.search.pareto import front
from agents.search.tree import Node, SearchTree, Trial
from tests.agents.search.trees import tree_of, trial

NEVER = 1_000_000


def homes(tree: SearchTree, islands: int, migrate_every: int = NEVER) -> dict[str | None, int]:
    return {node.id: home for node, home in zip(tree.nodes, home_islands(tree, islands, migrate_every), strict=True)}


def node(number: int, value: float, niche: str = "", *objectives: float) -> Trial:
    return Trial(str(number), None, value, niche=niche, objectives=objectives)


def ids(nodes: list[Node]) -> list[str | None]:
    return [each.id for each in nodes]


def test_drafts_settle_on_the_islands_in_turn_and_children_stay() -> None:
    trials = [trial(0, 0.1), trial(1, None), trial(2, 0.2), trial(3, 0.3, 1), trial(4, 0.4, 3), trial(5, 0.5, 0)]
    assert homes(tree_of(trials), 2) == {None: 0, "0": 0, "1": 1, "2": 0, "3": 1, "4": 1, "5": 0}


def test_a_migrant_and_its_descendants_live_on_the_next_island() -> None:
    chain = [trial(0, 0.1), *(trial(number, 0.1, number - 1) for number in range(1, 6))]
    found = homes(tree_of(chain), 2, migrate_every=3)
    assert [found[str(number)] for number in range(6)] == [0, 0, 1, 1, 1, 0], "the third and the sixth node migrate"


def test_nodes_under_way_have_a_home_already() -> None:
    tree = tree_of([trial(0, 0.1), trial(1, 0.1)])
    tree.pend("2", "1")
    assert homes(tree, 2)["2"] == 1


@given(st.lists(st.none() | st.integers(0, 20), min_size=1, max_size=30), st.integers(1, 4), st.integers(1, 5))
def test_a_home_never_changes_as_the_tree_grows(parents: list[int | None], islands: int, migrate_every: int) -> None:
    tree, seen = SearchTree(), [0]
    for number, parent in enumerate(parents):
        tree.tell(trial(number, 0.5, None if parent is None or not number else parent % number))
        now = home_islands(tree, islands, migrate_every)
        assert now[: len(seen)] == seen and set(now) <= set(range(islands))
        seen = now


class TestElites:
    def test_are_the_best_where_all_is_one_niche(self) -> None:
        nodes = tree_of([node(number, value) for number, value in enumerate((0.1, 0.9, 0.5, 0.7))]).ranked()
        assert ids(keep_elites(nodes, 3)) == ["1", "3", "2"]

    def test_hold_the_best_of_every_niche_before_the_second_best_of_any(self) -> None:
        trials = [node(0, 0.9, "a"), node(1, 0.8, "a"), node(2, 0.2, "b"), node(3, 0.1, "b"), node(4, 0.7, "a")]
        assert ids(keep_elites(tree_of(trials).ranked(), 3)) == ["0", "1", "2"]

    def test_prefer_what_is_unlike_all_that_is_better(self) -> None:
        trials = [node(0, 0.9, "a+b"), node(1, 0.8, "a+b+c"), node(2, 0.7, "a+b+d"), node(3, 0.1, "x+y")]
        assert ids(keep_elites(tree_of(trials).ranked(), 2)) == ["0", "3"]

    def test_hold_the_pareto_front(self) -> None:
        trials = [node(0, 0.9, "a", 0.1), node(1, 0.8, "b", 0.05), node(2, 0.1, "a", 0.9), node(3, 0.7, "c", 0.0)]
        assert ids(keep_elites(tree_of(trials).ranked(), 2)) == ["0", "2"]

    def test_thin_out_a_front_that_is_too_large_where_it_is_crowded(self) -> None:
        line = [node(number, value, "", 1 - value) for number, value in enumerate((0.0, 0.5, 0.51, 0.52, 1.0))]
        kept = ids(keep_elites(tree_of(line).ranked(), 3))
        assert kept[0] == "4" and kept[-1] == "0" and kept[1] in ("1", "3")

    @given(
        st.lists(st.tuples(st.floats(0, 1), st.sampled_from(["", "a", "b", "a+b", "c"]), st.floats(0, 1)), min_size=1),
        st.integers(1, 6),
        st.booleans(),
    )
    def test_are_as_many_as_fit_with_the_best_first(
        self, rows: list[tuple[float, str, float]], size: int, is_multiple: bool
    ) -> None:
        trials = [node(i, value, niche, *([more] * is_multiple)) for i, (value, niche, more) in enumerate(rows)]
        tree = tree_of(trials)
        kept = keep_elites(tree.ranked(), size)
        places = [tree.ranked().index(each) for each in kept]
        assert len(kept) == min(size, len(rows)) and places == sorted(set(places))
        assert is_multiple or kept[0] is tree.best()
        best = {(value, more) for value, _, more in (rows[int(each or 0)] for each in ids(front(tree)))}
        has_room = sum((value, more) in best for value, _, more in rows) <= size
        assert not is_multiple or not has_room or {*ids(front(tree))} <= {*ids(kept)}
