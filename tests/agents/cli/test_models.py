"""`naturalist models`: what each model of the settings says when it is asked a word."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from agents.cli.main import app
from tests.agents.llm.chat_server import Reply, serve

READY = Reply('{"word": "ready"}')


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
