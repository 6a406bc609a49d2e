"""The models that a run opens: what their services refuse is known to the next run, and to no replay."""

from pathlib import Path
from threading import Event as Flag

from agents.llm.capabilities import LESSONS
from agents.llm.recording import Recording
from agents.researchers import Researchers
from agents.settings import Settings
from tests.agents.llm.chat_server import Reply, serve
from tests.agents.llm.task_samples import JUDGE_NOVELTY
from tests.agents.llm.test_model import NOVELTY, CallList

REFUSED = ("response_format", "max_tokens")


def open_researchers(home: Path, url: str, calls: CallList, recording: Recording | None = None) -> Researchers:
    """Those of one session of a run."""
    settings = Settings(topic="t", model="openai/mine", api_base=url, workspace=home)
    return Researchers(home / "run", settings, calls, Flag(), lambda what, consequence: None, recording)


def test_what_a_service_refused_is_sent_by_no_later_session_and_a_replay_learns_nothing(tmp_path: Path) -> None:
    calls, kept = CallList(), tmp_path / LESSONS
    with serve(Reply(NOVELTY.model_dump_json()), refuses=REFUSED) as server:
        for _ in range(3):
            assert open_researchers(tmp_path, server.url, calls).lead().ask(JUDGE_NOVELTY) == NOVELTY
        sent = [sorted(set(REFUSED) & set(request)) for request in server.requests]
    assert sent == [sorted(REFUSED), ["max_tokens"], [], [], []]
    assert "response_format" in kept.read_text()
    replayed = open_researchers(tmp_path, server.url, CallList(), Recording(calls.calls)).lead()
    kept.unlink()
    assert replayed.ask(JUDGE_NOVELTY) == NOVELTY
    assert not kept.exists()
