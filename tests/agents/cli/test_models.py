"""`naturalist models`: what each model of the settings says when it is asked a word."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agents.cli.main import app
from agents.llm.capabilities import LESSONS, Lessons
from tests.agents.llm.chat_server import Reply, serve

READY = Reply('{"word": "ready"}')


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is learned goes into a workspace of the test's own."""
    monkeypatch.chdir(tmp_path)


def ask(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["models", *arguments])


def test_a_model_that_answers_says_what_it_can_and_what_is_done_without() -> None:
    with serve(READY) as server:
        made = ask("--model", "openai/mine", "--api-base", server.url)
        (request,) = server.requests
    assert made.exit_code == 0, made.output
    assert f"openai/mine at {server.url}: answers, in" in made.output
    assert "structured output  by JSON schema" in made.output
    assert "no images: figures are checked by rules alone" in made.output
    assert "no known price: its calls count as free" in made.output
    assert len(request["messages"][0]["content"]) < 200


def test_a_form_that_is_refused_is_told_and_done_without() -> None:
    with serve(READY, refuses=["response_format", "tools"]) as server:
        made = ask("--model", "openai/mine", "--api-base", server.url, "--json")
    (report,) = json.loads(made.output)
    assert report["problem"] == "" and report["can"]["refused"][0] == "response_format"
    assert any(line.startswith("no JSON schema") for line in report["without"])


def test_what_runs_learned_is_told_and_replaced_by_what_the_model_says_now() -> None:
    kept = Path("workspace") / LESSONS
    with serve(READY, refuses=["response_format"]) as server:
        name = f"openai/mine at {server.url}"
        for parameter in ("temperature", "images"):
            Lessons(kept).learn(name, parameter)
        made = ask("--model", "openai/mine", "--api-base", server.url)
        assert "was remembered     takes no temperature, images; now asked anew" in made.output
        assert Lessons(kept).refused(name) == ("response_format",)
        (report,) = json.loads(ask("--model", "openai/mine", "--api-base", server.url, "--json").output)
    assert report["remembered"] == report["can"]["refused"] == ["response_format"]


def test_what_is_known_of_a_model_that_does_not_answer_is_kept() -> None:
    kept = Path("workspace") / LESSONS
    with serve(Reply(status=503)) as server:
        name = f"openai/mine at {server.url}"
        Lessons(kept).learn(name, "temperature")
        assert ask("--model", "openai/mine", "--api-base", server.url).exit_code == 1
    assert Lessons(kept).refused(name) == ("temperature",)


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Reply("Incorrect API key", status=401), "refused the key"),
        (Reply("no such model", status=404), "unknown to the service"),
        (Reply(status=503), "model openai/mine"),
    ],
    ids=["key", "name", "down"],
)
def test_one_that_does_not_answer_says_why_in_a_line_and_fails_the_command(reply: Reply, problem: str) -> None:
    with serve(reply) as server:
        made = ask("--model", "openai/mine", "--api-base", server.url)
    assert made.exit_code == 1
    (line,) = made.output.strip().splitlines()
    assert "does not answer" in line and problem in line


def test_every_model_of_every_role_is_asked_once() -> None:
    with serve(READY) as server:
        roles = ["--role", "code=openai/a", "--role", "writing=openai/a", "--fallback", "anthropic/claude-sonnet-4-5"]
        made = ask("--api-base", server.url, *roles, "--json")
        assert [request["model"] for request in server.requests] == ["a"]
    reports = {report["model"]: report["problem"] for report in json.loads(made.output)}
    assert reports["offline"] == reports["openai/a"] == ""
    assert "set ANTHROPIC_API_KEY" in reports["anthropic/claude-sonnet-4-5"]
    assert made.exit_code == 1
