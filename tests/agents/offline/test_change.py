"""How the built-in researcher chooses the next experiment."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.offline.grid import between, levels, spread_share
from agents.offline.lessons import Lessons
from agents.offline.researcher import OfflineResearcher
from agents.schema import Config, Experiment, Knob, NodeKind, Template
from agents.slots import experiment_source
from agents.tasks import Change, ProposeChange
from tests.agents.offline.studies import make_idea, make_node, make_template

RESEARCHER = OfflineResearcher()


@pytest.fixture
def template(tmp_path: Path) -> Template:
    return make_template(tmp_path)


def propose(
    template: Template,
    index: int,
    factors: tuple[str, ...],
    companions: tuple[str, ...] = (),
    nodes: tuple[Experiment, ...] = (),
    kind: NodeKind = "draft",
    parent: Experiment | None = None,
    log_tail: str = "",
    partner: Experiment | None = None,
) -> Change:
    task = ProposeChange(
        template=template, idea=make_idea(template, factors, companions), searched=factors + companions, kind=kind,
        parent=parent, code=experiment_source(template), log_tail=log_tail, nodes=nodes, index=index, seed=1000 + index,
        inspirations=(partner,) if partner else (), partner_code=experiment_source(template) if partner else "",
    )  # fmt: skip
    return RESEARCHER.ask(task)


def node(template: Template, index: int, value: float | None = 90.0, **config: object) -> Experiment:
    known: Config = {name: value for name, value in config.items() if isinstance(value, bool | int | float | str)}
    return make_node(template, index, known, value)


def test_drafts_that_cannot_see_each_other_differ(template: Template) -> None:
    factors = ("label_smoothing", "dropout")
    changes = [propose(template, index, factors) for index in range(1, 12)]
    assert len({str(change.config) for change in changes}) == 11


def test_early_drafts_spread_over_the_levels(template: Template) -> None:
    changes = [propose(template, index, ("label_smoothing", "dropout")) for index in range(1, 6)]
    assert len({change.config["label_smoothing"] for change in changes}) >= 3
    assert len({change.config["dropout"] for change in changes}) == 3


def test_only_searched_knobs_leave_their_defaults_and_the_code_follows(template: Template) -> None:
    change = propose(template, 1, ("activation",))
    assert change.config == template.baseline | {"activation": "tanh"}
    assert "tanh(x)" in change.code
    assert change.summary == "activation function tanh"


def test_an_improvement_moves_one_knob_the_way_the_nodes_suggest(template: Template) -> None:
    nodes = (
        node(template, 0, 90.0),
        node(template, 1, 91.0, label_smoothing=0.05),
        node(template, 2, 94.0, label_smoothing=0.1),
        node(template, 3, 99.0, label_smoothing=0.2, dropout=0.5),
    )
    factors = ("label_smoothing", "dropout")
    change = propose(template, 4, factors, nodes=nodes, kind="improve", parent=nodes[2])
    assert (change.config["label_smoothing"], change.config["dropout"]) == (0.2, 0.0)


def test_unseen_neighbours_do_not_choose_the_same_improvement(template: Template) -> None:
    nodes = (node(template, 0), node(template, 1, 91.0, label_smoothing=0.1, dropout=0.2))
    factors = ("label_smoothing", "dropout")
    changes = [propose(template, index, factors, nodes=nodes, kind="improve", parent=nodes[1]) for index in range(4, 7)]
    assert len({str(change.config) for change in changes}) == 3


def test_a_repair_steps_back_on_the_knob_that_fails(template: Template) -> None:
    nodes = (
        node(template, 0),
        node(template, 1, 91.0, label_smoothing=0.1),
        node(template, 2, None, learning_rate=0.03),
        node(template, 3, None, label_smoothing=0.1, learning_rate=0.03),
    )
    arguments = (template, 4, ("label_smoothing",), ("learning_rate",), nodes)
    change = propose(*arguments, kind="debug", parent=nodes[3])
    assert (change.config["learning_rate"], change.config["label_smoothing"]) == (0.01, 0.1)
    alone = propose(template, 1, ("dropout",), nodes=(), kind="debug", parent=node(template, 1, None, dropout=0.5))
    assert alone.config["dropout"] == 0.2


class TestCross:
    FACTORS = ("label_smoothing", "dropout", "learning_rate")

    def test_mixes_the_levels_of_both_parents_to_something_new(self, template: Template) -> None:
        nodes = (
            node(template, 0),
            node(template, 1, 92.0, label_smoothing=0.1),
            node(template, 2, 93.0, dropout=0.5, learning_rate=0.03),
        )
        change = propose(template, 3, self.FACTORS, (), nodes, "cross", nodes[1], partner=nodes[2])
        found = [change.config[name] for name in self.FACTORS]
        assert all(
            value in (mine, its) for value, mine, its in zip(found, (0.1, 0.0, 0.003), (0.0, 0.5, 0.03), strict=True)
        )
        assert change.config not in [each.config for each in nodes]

    def test_prefers_the_levels_that_did_well(self, template: Template) -> None:
        nodes = (
            node(template, 0, 85.0),
            node(template, 1, 95.0, label_smoothing=0.1),
            node(template, 2, 95.0, dropout=0.5),
            node(template, 3, 80.0, learning_rate=0.03),
            node(template, 4, 91.0, label_smoothing=0.1, learning_rate=0.03),
        )
        change = propose(template, 5, self.FACTORS, (), nodes, "cross", nodes[4], partner=nodes[2])
        assert [change.config[name] for name in self.FACTORS] == [0.1, 0.5, 0.003]

    def test_of_parents_too_alike_to_mix_steps_on_from_the_first(self, template: Template) -> None:
        nodes = (node(template, 0), node(template, 1, 92.0, dropout=0.2), node(template, 2, 93.0, dropout=0.5))
        change = propose(template, 3, self.FACTORS, (), nodes, "cross", nodes[1], partner=nodes[2])
        moved = [name for name in self.FACTORS if change.config[name] != nodes[1].config[name]]
        assert len(moved) == 1 and change.config not in [each.config for each in nodes]


class TestRewrite:
    FACTORS = ("label_smoothing", "dropout", "learning_rate")

    def test_goes_far_and_keeps_what_did_well(self, template: Template) -> None:
        nodes = (
            node(template, 0, 85.0),
            node(template, 1, 84.0, dropout=0.2),
            node(template, 2, 95.0, label_smoothing=0.1, dropout=0.2),
        )
        change = propose(template, 3, self.FACTORS, (), nodes, "rewrite", nodes[2])
        assert change.config["label_smoothing"] == 0.1
        assert change.config["learning_rate"] != template.baseline["learning_rate"]

    def test_goes_as_far_as_can_be_where_nothing_is_known_to_be_good(self, template: Template) -> None:
        nodes = (node(template, 0, 85.0), node(template, 1, 85.0, label_smoothing=0.2))
        change = propose(template, 2, ("label_smoothing", "dropout"), (), nodes, "rewrite", nodes[1])
        assert (change.config["label_smoothing"], change.config["dropout"]) == (0.0, 0.5)

    def test_leaves_what_is_the_best_in_everything_for_something_far(self, template: Template) -> None:
        nodes = (node(template, 0, 85.0), node(template, 1, 95.0, label_smoothing=0.2, dropout=0.5))
        change = propose(template, 2, ("label_smoothing", "dropout"), (), nodes, "rewrite", nodes[1])
        assert (change.config["label_smoothing"], change.config["dropout"]) == (0.05, 0.0)


def test_an_exhausted_grid_is_refined_between_levels(template: Template) -> None:
    nodes = tuple(
        node(template, index, 90.0 + value, label_smoothing=value) for index, value in enumerate((0.0, 0.05, 0.1, 0.2))
    )
    changes = [propose(template, index, ("label_smoothing",), nodes=nodes) for index in range(4, 10)]
    found = [float(change.config["label_smoothing"]) for change in changes]
    assert all(0.1 < value < 0.2 for value in found)
    assert len(set(found)) == len(found)


def test_when_nothing_new_is_left_a_repeat_says_so(template: Template) -> None:
    nodes = (node(template, 0), node(template, 1, 91.0, optimizer="sgd_100%"))
    change = propose(template, 2, ("optimizer",), nodes=nodes, kind="improve", parent=nodes[1])
    assert change.summary == "repeat: optimiser sgd_100%"
    assert change.config["optimizer"] == "sgd_100%"


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_every_proposal_keeps_to_the_plan(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    template = make_template(tmp_path_factory.mktemp("t"))
    names = [knob.name for knob in template.knobs]
    searched = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    cut = data.draw(st.integers(1, len(searched)))
    factors, companions = tuple(searched[:cut]), tuple(searched[cut:])
    lag = data.draw(st.integers(1, 4))
    nodes: list[Experiment] = [node(template, 0)]
    configs: list[Config] = []
    for index in range(1, data.draw(st.integers(2, 18))):
        known = tuple(nodes[: max(0, index - lag + 1)])
        parent = data.draw(st.sampled_from([None, *known]))
        kind: NodeKind = (
            "draft" if parent is None else "improve" if parent.outcome and parent.outcome.is_ok else "debug"
        )
        works = [each for each in known if each.outcome and each.outcome.is_ok]
        partner = data.draw(st.sampled_from([None, *works]))
        if kind == "improve":
            kind = data.draw(st.sampled_from(["improve", "rewrite", "cross"]))
        change = propose(template, index, factors, companions, known, kind, parent, partner=partner)
        moved = {name for name, value in change.config.items() if value != template.baseline[name]}
        assert set(change.config) == set(names)
        assert moved <= set(searched)
        assert moved & set(factors)
        for name in moved:
            assert _is_within(template.knob(name), change.config[name])
        if lag == 1 and change.config in configs:
            assert change.summary.startswith("repeat: ")
        configs.append(change.config)
        value = data.draw(st.one_of(st.none(), st.floats(80, 99)))
        nodes.append(make_node(template, index, change.config, value))


def _is_within(knob: Knob, value: object) -> bool:
    return value in knob.values or min(map(float, knob.values)) < float(str(value)) < max(map(float, knob.values))


def test_new_levels_lie_geometrically_where_the_levels_do() -> None:
    rate = Knob(name="r", label="rate", default=0.01, values=(0.001, 0.01, 0.1))
    assert between(rate, 0.001, 0.01, 0.5) == 0.00316
    drop = Knob(name="d", label="dropout", default=0.0, values=(0.0, 0.2, 0.4))
    assert between(drop, 0.2, 0.4, 0.5) == 0.3
    width = Knob(name="w", label="width", default=32, values=(16, 32, 64))
    assert between(width, 32, 64, 0.5) == 45
    assert between(Knob(name="n", label="layers", default=1, values=(1, 2)), 1, 2, 0.5) is None


def test_shares_fill_the_interval_evenly() -> None:
    assert [spread_share(index) for index in range(1, 6)] == [0.5, 0.25, 0.75, 0.125, 0.625]


def test_the_default_is_a_level_and_numbers_are_in_order() -> None:
    assert levels(Knob(name="k", label="k", default=3, values=(5, 1))) == (1, 3, 5)


class TestStageOfTuning:
    """Only the companions are searched; the factors stay as in the parent."""

    def tune(self, template: Template, nodes: tuple[Experiment, ...], parent: Experiment, index: int) -> Config:
        task = ProposeChange(
            template=template, idea=make_idea(template, ("label_smoothing",), ("width",)), searched=("width",),
            kind="improve", parent=parent, code=experiment_source(template), log_tail="", nodes=nodes, index=index,
            seed=index, phase="tuning",
        )  # fmt: skip
        return RESEARCHER.ask(task).config

    def test_moves_a_companion_to_the_next_level_and_holds_the_factors(self, template: Template) -> None:
        nodes = (node(template, 0), node(template, 1, 95.0, label_smoothing=0.1, width=64))
        config = self.tune(template, nodes, nodes[1], 2)
        assert config["width"] in (32, 128)
        assert config | {"width": 64} == nodes[1].config

    def test_tries_what_only_other_factors_have_had(self, template: Template) -> None:
        others = [node(template, place, 91.0, label_smoothing=0.2, width=width) for place, width in ((2, 32), (3, 128))]
        nodes = (node(template, 0), node(template, 1, 95.0, label_smoothing=0.1, width=64), *others)
        assert self.tune(template, nodes, nodes[1], 4)["width"] in (32, 128)

    def test_tries_every_level_once_and_then_numbers_between(self, template: Template) -> None:
        nodes = [node(template, 0), node(template, 1, 95.0, label_smoothing=0.1, width=64)]
        for index in range(2, 8):
            config = self.tune(template, tuple(nodes), nodes[1], index)
            nodes.append(make_node(template, index, config, 90.0))
        widths = [each.config["width"] for each in nodes[1:]]
        assert len(set(widths)) == 7 and {16, 32, 64, 128} < set(widths)


class TestRepeats:
    def test_count_as_one_node_with_the_mean(self, template: Template) -> None:
        """A lucky run once looked best for ever, whatever its repeats said."""
        lucky, fair = node(template, 1, 99.0, dropout=0.2), node(template, 2, 95.0, dropout=0.5)
        repeat = node(template, 3, 81.0, dropout=0.2).model_copy(update={"patch": "repeat", "parent": lucky.id})
        failed = node(template, 4, None, dropout=0.5).model_copy(update={"patch": "repeat", "parent": fair.id})
        lessons = Lessons([lucky, fair, repeat, failed], template.metric)
        assert lessons.best() == fair
        assert lessons.gain("dropout", 0.2) == (90.0 - 92.5) / 2
        assert lessons.blame("dropout", 0.5) == lessons.blame("dropout", 0.2)

    def test_leave_nothing_new_to_try(self, template: Template) -> None:
        first = node(template, 1, 95.0, dropout=0.2)
        repeat = first.model_copy(update={"id": "s1-0002", "index": 2, "patch": "repeat", "parent": first.id})
        change = propose(
            template, 3, ("dropout",), nodes=(node(template, 0), first, repeat), kind="improve", parent=first
        )
        assert change.config["dropout"] not in (0.0, 0.2)
