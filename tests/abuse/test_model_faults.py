"""Questions to a model service that fails a thousand times, in every way a service can: each ends in a reply or a typed
error, in time, on record, and within the budget."""

import json
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from agents.errors import BudgetExceeded, NaturalistError, ReplyRejected, ServiceError, UserError
from agents.llm.budget import Budget
from agents.llm.capabilities import Lessons
from agents.llm.model import CONTINUATIONS, LiteLlmModel, Patience
from agents.schema import Record, Task
from agents.settings import BudgetSettings
from agents.store.calls import CallLog
from agents.store.database import sqlite_url
from agents.tasks import Change, NoveltyOpinion
from tests.agents.llm.chat_server import Reply, serve
from tests.agents.llm.task_samples import JUDGE_NOVELTY, PROPOSE_CHANGE

QUESTIONS, FAULTS_AT_LEAST, LANES, SEED = 660, 1000, 16, 6
PATIENCE = Patience(timeout_s=0.5, tries=3, pause_s=0.002, longest_pause_s=0.01)
PRICES = {"openai/faulty": (1.0, 4.0)}
OPINION = NoveltyOpinion(verdict="unknown", reason="Nothing was found.")
CHANGE = Change(summary="s", config={"dropout": 0.5}, code="x = {}\n" * 40)
TASKS: tuple[Task[Any], ...] = (JUDGE_NOVELTY, PROPOSE_CHANGE)
GOOD = {
    "judge": f"Here it is:\n```json\n{OPINION.model_dump_json()}\n```",
    "code": f"```json\n{CHANGE.model_dump_json(exclude={'code'})}\n```\n````code\n{CHANGE.code}````\n",
}
LONG = '{"idea": [' + "1, " * 130_000
FAULTS = {
    "rate limit": Reply(status=429),
    "rate limit with a pause": Reply(status=429, retry_after="3600"),
    "rate limit until a date": Reply(status=429, retry_after="Sun, 29 Nov 2099 05:10:29 GMT"),
    "no credit": Reply("You exceeded your current quota: insufficient_quota", status=429),
    "server error": Reply(status=500),
    "overloaded": Reply(status=503),
    "gateway": Reply(status=502, body="<html>bad gateway</html>"),
    "cut body": Reply("x" * 3000, sent_share=0.5),
    "no body": Reply(body=""),
    "no JSON": Reply(body="{oops"),
    "no chat": Reply(body='{"a": 1}'),
    "no choice": Reply(body='{"id": "1", "object": "chat.completion", "choices": []}'),
    "null": Reply(body="null"),
    "wrong schema": Reply('{"idea": 1, "verdict": "perhaps"}'),
    "other JSON": Reply("[1, 2, 3]"),
    "empty": Reply(""),
    "blank": Reply(" \n"),
    "nothing": Reply(None),
    "refusal": Reply(refusal="I will not."),
    "apology": Reply("I'm sorry, but I can't help with that."),
    "filtered": Reply(finish="content_filter"),
    "filtered question": Reply("filtered by the content management policy", status=400),
    "endless": Reply("and so on ", finish="length"),
    "cut at once": Reply("", finish="length"),
    "half a character": Reply("\ud83d"),
    "no schema, please": Reply("'response_format' is not supported", status=400),
    "no limit, please": Reply("Unsupported parameter: 'max_tokens'", status=400),
    "bad request": Reply("bad request", status=400),
    "bad key": Reply("Incorrect API key", status=401),
    "forbidden": Reply("not for you", status=403),
    "no such model": Reply("no such model", status=404),
    "too large": Reply(status=413),
}
RARE = {
    "hundred thousand tokens": Reply(LONG),
    "silence": Reply("x", hang_s=60.0),
    "dripping": Reply("x", drip_s=60.0),
}
"""Each keeps a lane for a while: for the whole of its time-out, or for as long as a long text takes."""


class Service:
    """Answers well one time in five; else, a fault drawn with a seed."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self.given: Counter[str] = Counter()

    def answer(self, request: dict[str, Any]) -> Reply:
        luck = self._draw.random()
        if luck < 0.2:
            self.given["good"] += 1
            return Reply(GOOD["code" if "experiment.py" in json.dumps(request["messages"]) else "judge"])
        kinds = RARE if luck > 0.995 else FAULTS
        name = self._draw.choice(sorted(kinds))
        self.given[name] += 1
        return kinds[name]


def ask(model: LiteLlmModel, index: int) -> Record | NaturalistError:
    """One question in its lane; whatever is not an error of ours escapes and fails the test."""
    start = time.monotonic()
    try:
        reply = model.ask(TASKS[index % 2])
        assert reply in (OPINION, CHANGE)
        return reply
    except NaturalistError as error:
        return error
    finally:
        calls = 2 * (1 + CONTINUATIONS) * PATIENCE.tries
        assert time.monotonic() - start < calls * (PATIENCE.timeout_s + 2.5 + PATIENCE.longest_pause_s)


@pytest.mark.slow
def test_a_thousand_faults_end_in_a_reply_or_a_typed_error(tmp_path: Path) -> None:
    service, calls = Service(SEED), CallLog(sqlite_url(tmp_path / "calls.db"))
    limit_usd = 200.0
    with serve(choose=service.answer) as server, ThreadPoolExecutor(LANES) as pool:
        budget, lessons = Budget(BudgetSettings(usd=limit_usd), calls), Lessons()
        lanes = [
            LiteLlmModel(
                "openai/faulty", calls, budget, server.url, patience=PATIENCE, prices=PRICES, lessons=lessons
            )
            for _ in range(LANES)
        ]  # fmt: skip
        outcomes = list(pool.map(ask, lanes * (QUESTIONS // LANES + 1), range(QUESTIONS)))
        sent = len(server.requests)
    kinds = Counter(type(outcome).__name__ for outcome in outcomes)
    assert len(outcomes) == QUESTIONS
    assert set(service.given) >= {"good", *FAULTS, *RARE}, "a fault that never came proves nothing"
    assert service.given.total() - service.given["good"] >= FAULTS_AT_LEAST
    assert kinds["NoveltyOpinion"] + kinds["Change"] > QUESTIONS / 8
    assert {ReplyRejected.__name__, UserError.__name__} <= set(kinds)
    assert len(calls.calls()) == sent
    assert 0 < calls.total_usd() <= limit_usd
    assert all("\n" not in str(outcome) for outcome in outcomes if isinstance(outcome, ServiceError))


@pytest.mark.slow
def test_no_lane_spends_what_is_not_there_while_everything_fails(tmp_path: Path) -> None:
    service, calls = Service(SEED + 1), CallLog(sqlite_url(tmp_path / "calls.db"))
    limit_usd = 1.0
    with serve(choose=service.answer) as server, ThreadPoolExecutor(LANES) as pool:
        budget = Budget(BudgetSettings(usd=limit_usd), calls)
        model = LiteLlmModel("openai/faulty", calls, budget, server.url, patience=PATIENCE, prices=PRICES)
        outcomes = list(pool.map(ask, [model] * (QUESTIONS // 2), range(QUESTIONS // 2)))
        sent = len(server.requests)
    assert any(isinstance(outcome, BudgetExceeded) for outcome in outcomes)
    assert any(isinstance(outcome, Record) for outcome in outcomes)
    assert calls.total_usd() <= limit_usd
    assert len(calls.calls()) == sent
