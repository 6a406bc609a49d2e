"""The LangGraph graph: from a topic to published papers. The nodes live in nodes/; live services travel as context."""

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, TypeVar

from langgraph.errors import GraphBubbleUp
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Send

from agents.errors import Interrupted
from agents.events import StageFinished, StageStarted
from agents.nodes import design, follow_up, gates, ideas, lane, loop, novelty, paper, study
from agents.services import Services
from agents.state import LaneOutput, LaneState, RunState, StudyOutput, StudyState, Update
from agents.whereabouts import being_at

S = TypeVar("S", RunState, StudyState, LaneState)
Node = Callable[[S, Services], Update]

RUN_NODES: Mapping[str, Node[RunState]] = {
    "survey_literature": ideas.survey_literature,
    "propose_ideas": ideas.propose_ideas,
    "judge_novelty": novelty.judge_novelty,
    "choose_idea": ideas.choose_idea,
    "approve_idea": gates.approve_idea,
    "update_archive": loop.update_archive,
    "follow_up": follow_up.follow_up,
    "publish": loop.publish,
}
STUDY_NODES: Mapping[str, Node[StudyState]] = {
    "design_study": design.design_study,
    "register_plan": study.register_plan,
    "confirm_result": study.confirm_result,
    "ablate": study.ablate,
    "weigh_evidence": study.weigh_evidence,
    "draw_figures": study.draw_figures,
    "write_paper": paper.write_paper,
    "check_paper": paper.check_paper,
    "approve_paper": gates.approve_paper,
    "review_paper": paper.review_paper,
}
LANE_NODES: Mapping[str, Node[LaneState]] = {
    "claim": lane.claim,
    "write_code": lane.write_code,
    "run_code": lane.run_code,
    "judge_result": lane.judge_result,
}
STUDY_STEPS = ("explore", *STUDY_NODES)
"""Where `naturalist resume --from` may enter a study."""
UNREPORTED = frozenset({*LANE_NODES, "design_study", "approve_idea", "approve_paper"})
"""Nodes without stage events: lanes report experiments, a design its steps, a gate holds nothing but its interrupt."""


def build_graph(lanes: int, checkpointer: Any = None) -> Any:
    """Choose an idea, study it, write, check and review; think of more and choose again until generations or ideas run
    out.

    Returns the compiled graph; its context is Services, its state RunState. `lanes` search lanes run side by side.
    """
    graph = StateGraph(RunState, context_schema=Services)
    _add_nodes(graph, RUN_NODES)
    graph.add_node("study", _build_study(lanes))
    graph.add_edge(START, "survey_literature")
    graph.add_edge("survey_literature", "propose_ideas")
    graph.add_edge("propose_ideas", "judge_novelty")
    graph.add_edge("judge_novelty", "choose_idea")
    graph.add_conditional_edges("choose_idea", _after_choice, ["approve_idea", "publish"])
    graph.add_conditional_edges("approve_idea", _after_idea_gate, ["study", "choose_idea"])
    _chain(graph, "study", "update_archive")
    graph.add_conditional_edges("update_archive", _unless_last("follow_up"), ["follow_up", "publish"])
    graph.add_conditional_edges("follow_up", _unless_last("judge_novelty"), ["judge_novelty", "publish"])
    graph.add_edge("publish", END)
    return graph.compile(checkpointer=checkpointer)


def _build_study(lanes: int) -> Any:
    def fan_out(state: StudyState) -> list[Send]:
        return [Send("explore", {"study": state["study"], "lane": number}) for number in range(lanes)]

    def enter(state: StudyState) -> str | list[Send]:
        step = state.get("start_at") or "design_study"
        return fan_out(state) if step == "explore" else step

    def after_plan(state: StudyState) -> str | list[Send]:
        return END if state.get("is_alone") else fan_out(state)

    graph = StateGraph(StudyState, context_schema=Services, output_schema=StudyOutput)
    _add_nodes(graph, STUDY_NODES)
    graph.add_node("explore", _build_lane())
    graph.add_conditional_edges(START, enter, [*STUDY_STEPS])
    graph.add_conditional_edges("design_study", _after_design, ["register_plan", END])
    graph.add_conditional_edges("register_plan", after_plan, ["explore", END])
    _chain(graph, "explore", "confirm_result", "ablate", "weigh_evidence", "draw_figures", "write_paper", "check_paper")
    graph.add_conditional_edges("check_paper", _after_check, ["write_paper", "approve_paper", END])
    graph.add_conditional_edges("approve_paper", _after_paper_gate, ["review_paper", END])
    graph.add_edge("review_paper", END)
    return graph.compile()


def _build_lane() -> Any:
    graph = StateGraph(LaneState, context_schema=Services, output_schema=LaneOutput)
    _add_nodes(graph, LANE_NODES)
    graph.add_edge(START, "claim")
    _walk_with_claim(graph, "claim", "write_code", END)
    _walk_with_claim(graph, "write_code", "run_code", "claim")
    _walk_with_claim(graph, "run_code", "judge_result", "claim")
    graph.add_edge("judge_result", "claim")
    return graph.compile()


def _add_nodes(graph: Any, nodes: Mapping[str, Node[S]]) -> None:
    for name, node in nodes.items():
        graph.add_node(name, _staged(name, node))


def _chain(graph: Any, *names: str) -> None:
    """Join nodes in a row; a step that was asked for alone (`resume --only`) ends the walk."""
    for name, following in pairwise(names):
        graph.add_conditional_edges(name, _unless_alone(following), [following, END])


def _walk_with_claim(graph: Any, name: str, following: str, otherwise: str) -> None:
    """Go on while the lane holds a claim; it has none when the search is over or another lane took it over."""

    def route(state: LaneState) -> str:
        return otherwise if state.get("index") is None else following

    graph.add_conditional_edges(name, route, [following, otherwise])


def _unless_alone(following: str) -> Callable[[dict[str, Any]], str]:
    return lambda state: END if state.get("is_alone") else following


def _staged(name: str, node: Node[S]) -> Callable[[S, Runtime[Services]], Update]:
    """Turn a node of ours into LangGraph's form: heed a stop request, report start and end."""

    def step(state: S, runtime: Runtime[Services]) -> Update:
        services = runtime.context
        with _failing_together(services):
            if services.stop.is_set():
                raise Interrupted(f"stopped before {name}")
            with being_at(name, state.get("study") or ""):
                return node(state, services) if name in UNREPORTED else _report(name, node, state, services)

    step.__name__ = name
    return step


@contextmanager
def _failing_together(services: Services) -> Generator[None]:
    """Stop what runs side by side when a node fails: it may wait for what will never come. All report that failure."""
    try:
        yield
    except GraphBubbleUp:
        raise  # a gate that waits for a person
    except Interrupted:
        if services.failures:
            raise services.failures[0] from None
        raise
    except Exception as error:
        services.failures.append(error)
        services.stop.set()
        raise


def _report(name: str, node: Node[S], state: S, services: Services) -> Update:
    begun, about = time.time(), state.get("study")
    services.events.emit(StageStarted(at=begun, study=about, node=name))
    update = node(state, services)
    services.events.emit(StageFinished(at=time.time(), study=about, node=name, wall_s=time.time() - begun))
    return update


def _after_choice(state: RunState) -> str:
    return "approve_idea" if state.get("chosen") else "publish"


def _after_idea_gate(state: RunState) -> str | list[Send]:
    chosen = state.get("chosen", [])
    if not chosen:
        return "choose_idea"
    where = {"start_at": state.get("start_at"), "is_alone": state.get("is_alone", False)}
    return [Send("study", {"study": name, **where}) for name in chosen]


def _unless_last(following: str) -> Callable[[RunState], str]:
    return lambda state: "publish" if state.get("is_last") else following


def _after_design(state: StudyState) -> str:
    return END if state.get("is_alone") or state.get("is_withdrawn") else "register_plan"


def _after_check(state: StudyState) -> str:
    if state.get("is_alone"):
        return END
    return "write_paper" if state.get("needs_repair") else "approve_paper"


def _after_paper_gate(state: StudyState) -> str:
    return END if state.get("is_alone") or state.get("is_withdrawn") else "review_paper"


def studio_graph() -> Any:
    """The graph as langgraph.json names it, for drawing; `naturalist run` starts runs and brings the services."""
    return build_graph(lanes=2)
