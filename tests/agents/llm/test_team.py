"""Who answers which task, who steps in, and what is told of it; and what is found wrong before anything is asked."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from agents.errors import BudgetExceeded, Interrupted, NaturalistError, ReplyRejected, ServiceError, UserError
from agents.llm.access import check_models
from agents.llm.team import Attendance, Team, base_of, models_of, named_models, searched_models, team_name
from agents.schema import Novelty, Role
from agents.services import Model
from agents.settings import Settings, resolve_settings
from tests.agents.llm.task_samples import JUDGE_NOVELTY
from tests.fakes import ScriptedModel

NOVELTY = Novelty(idea="dropout-helps", verdict="unknown", reason="Nothing was found.")
DOWN = ServiceError("the service is down", retryable=True)
NO_KEY = UserError("the service refused the key")


def settings(**flags: Any) -> Settings:
    return resolve_settings({"topic": "x", **flags}, Path("none.toml"))


def answering(name: str) -> ScriptedModel:
    return ScriptedModel({"JudgeNovelty": NOVELTY}, name)


def failing(name: str, error: NaturalistError) -> ScriptedModel:
    def fail(_: Any) -> Any:
        raise error

    return ScriptedModel({"JudgeNovelty": fail}, name)


def team_of(*models: Model, told: Callable[[str, str], None] = lambda what, consequence: None) -> Team:
    roles: tuple[Role, ...] = get_args(Role)
    return Team("team", dict.fromkeys(roles, models), Attendance(told))


def test_the_first_that_answers_is_the_one_that_is_named() -> None:
    second = answering("b")
    reply, who = team_of(failing("a", DOWN), second).answer(JUDGE_NOVELTY)
    assert reply == NOVELTY and who is second


def test_a_failure_is_told_once_and_by_whom_it_is_mended() -> None:
    told: list[tuple[str, str]] = []
    team = team_of(failing("a", DOWN), answering("b"), told=lambda what, consequence: told.append((what, consequence)))
    for _ in range(3):
        team.ask(JUDGE_NOVELTY)
    assert told == [("a model failed: the service is down", "b answers where a does not")]


@pytest.mark.parametrize(
    ("error", "asked"), [(NO_KEY, 1), (DOWN, 3), (ReplyRejected("it did not fit", retryable=True), 3)],
    ids=["refused", "down", "unfit"],
)  # fmt: skip
def test_only_a_model_that_is_refused_is_not_asked_again(error: NaturalistError, asked: int) -> None:
    first = failing("a", error)
    team = team_of(first, answering("b"))
    for _ in range(3):
        assert team.ask(JUDGE_NOVELTY) == NOVELTY
    assert len(first.asked) == asked


@pytest.mark.parametrize("error", [BudgetExceeded("usd", 1, 1), Interrupted("stopped")], ids=["budget", "stop"])
def test_a_limit_and_a_stop_go_up_at_once(error: NaturalistError) -> None:
    second = answering("b")
    with pytest.raises(type(error)):
        team_of(failing("a", error), second).ask(JUDGE_NOVELTY)
    assert second.asked == []


def test_where_all_fail_what_may_pass_goes_up() -> None:
    with pytest.raises(ServiceError, match="down"):
        team_of(failing("a", DOWN), failing("b", NO_KEY)).ask(JUDGE_NOVELTY)
    refused = team_of(failing("a", NO_KEY), failing("b", NO_KEY))
    for _ in range(2):
        with pytest.raises(UserError, match="refused the key"):
            refused.ask(JUDGE_NOVELTY)


def test_a_refusal_is_known_to_every_team_of_the_run() -> None:
    attendance, first = Attendance(lambda what, consequence: None), failing("a", NO_KEY)
    members: dict[Role, tuple[Model, ...]] = {"judge": (first, answering("b"))}
    for name in ("one", "two"):
        Team(name, members, attendance).ask(JUDGE_NOVELTY)
    assert len(first.asked) == 1


def test_a_role_has_its_own_models_and_then_the_fallbacks() -> None:
    given = settings(model="openai/a", **{"models.judge": ["openai/b", "openai/c"], "models.fallback": ["openai/d"]})
    assert models_of(given, "judge") == ("openai/b", "openai/c", "openai/d")
    assert models_of(given, "writing") == ("openai/a", "openai/d")
    assert named_models(given) == ("openai/a", "openai/d", "openai/b", "openai/c")


def test_the_search_chooses_between_several_models_for_code() -> None:
    assert searched_models(settings(**{"models.code": ["a/one"]})) == ()
    assert searched_models(settings(**{"models.code": ["a/one", "b/two"]})) == ("a/one", "b/two")
    assert searched_models(settings(**{"search.models": ["c/three"], "models.code": ["a/one"]})) == ("c/three",)


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        ({}, "offline"),
        ({"model": "openai/a"}, "openai/a"),
        ({"model": "openai/a", "models.fallback": ["openai/b"]}, "openai/a or openai/b"),
        ({"model": "openai/a", "models.code": ["openai/b"]}, "openai/a, openai/b (code)"),
        ({"models.writing": ["openai/b"]}, "the built-in researcher, openai/b (writing)"),
        ({"model": "openai/a", "models.code": ["x/b", "x/c"]}, "openai/a, x/b or x/c (code)"),
        ({"model": "openai/a", "models.review": ["x/b"]}, "openai/a"),
    ],
)
def test_the_team_is_called_by_its_models_and_their_roles(flags: dict[str, Any], name: str) -> None:
    assert team_name(settings(**flags)) == name


def test_a_server_of_ones_own_has_the_openai_models_or_the_only_one() -> None:
    base = "http://localhost:8000/v1"
    mixed = settings(model="openai/mine", api_base=base, **{"models.judge": ["anthropic/claude-sonnet-4-5"]})
    assert base_of("openai/mine", mixed) == base
    assert base_of("anthropic/claude-sonnet-4-5", mixed) is None
    assert base_of("ollama/llama3", settings(model="ollama/llama3", api_base=base)) == base
    assert base_of("openai/a", settings(model="openai/a")) is None


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        ("anthropic/claude-sonnet-4-5", "needs a key: set ANTHROPIC_API_KEY in the environment"),
        ("no-such-provider/model", "LiteLLM knows no provider of that name; write PROVIDER/MODEL"),
        ("gemini/gemini-2.0-flash", "GOOGLE_API_KEY or GEMINI_API_KEY"),
    ],
)
def test_a_model_without_provider_or_key_is_found_before_anything_is_spent(model: str, problem: str) -> None:
    with pytest.raises(UserError, match=problem) as caught:
        check_models(settings(**{"models.judge": [model]}))
    assert "\n" not in str(caught.value)


def test_what_needs_no_key_passes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    check_models(settings())
    check_models(settings(model="openai/mine", api_base="http://localhost:8000/v1"))
    check_models(settings(model="ollama/llama3"))
    check_models(settings(model="anthropic/claude-sonnet-4-5", replay=tmp_path))
    monkeypatch.setenv("GEMINI_API_KEY", "any")
    check_models(settings(model="gemini/gemini-2.0-flash"))
