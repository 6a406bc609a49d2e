"""What models can do: by the lists, by the settings, and by what was learned."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agents.llm.capabilities import LESSON_DAYS, Lessons, look_up
from agents.llm.endpoint import Endpoint


def test_listed_model_is_known_in_full() -> None:
    can = look_up("openai/gpt-4o-mini", None, {})
    assert (can.structured, can.sees_images, can.is_listed) == ("schema", True, True)
    assert (can.context_tokens, can.reply_tokens) == (128_000, 16_384)
    assert can.price.is_known
    assert can.price.usd_out == pytest.approx(0.6e-6)


def test_unlisted_model_is_given_a_schema_and_taken_to_be_blind() -> None:
    can = look_up("openai/mine", "http://127.0.0.1:9/v1", {})
    assert (can.structured, can.sees_images, can.is_listed) == ("schema", False, False)
    assert (can.context_tokens, can.reply_tokens, can.price.is_known) == (None, None, False)


@pytest.mark.parametrize("model", ["openai/mine", "openai/gpt-4o-mini"])
def test_prices_of_the_settings_go_before_the_lists(model: str) -> None:
    price = look_up(model, None, {model: (1.0, 2.0)}).price
    assert (price.usd_in, price.usd_out, price.is_known) == (1e-6, 2e-6, True)


def test_what_was_refused_is_kept_by_model_and_address(tmp_path: Path) -> None:
    path = tmp_path / "models.json"
    lessons = Lessons(path)
    for parameter in ("response_format", "response_format", "temperature"):
        lessons.learn("openai/mine", parameter)
    assert Lessons(path).refused("openai/mine") == ("response_format", "temperature")
    assert Lessons(path).refused("openai/other") == ()


def test_a_refusal_is_forgotten_after_a_while_or_when_the_model_was_asked_anew(tmp_path: Path) -> None:
    path, day_s = tmp_path / "models.json", 86_400.0
    Lessons(path, lambda: 0.0).learn("m", "temperature")
    later = Lessons(path, lambda: day_s)
    later.learn("m", "tools")
    assert later.refused("m") == ("temperature", "tools")
    assert Lessons(path, lambda: (LESSON_DAYS + 0.5) * day_s).refused("m") == ("tools",)
    assert Lessons(path, lambda: -day_s).refused("m") == ()
    later.renew("m", ["images"])
    assert Lessons(path, lambda: day_s).refused("m") == later.refused("m") == ("images",)
    later.renew("m", [])
    assert path.read_text() == "{}\n"


def test_sessions_side_by_side_lose_nothing_of_each_other(tmp_path: Path) -> None:
    path = tmp_path / ".cache" / "models.json"
    sessions = [Lessons(path) for _ in range(16)]

    def learn(at: int) -> None:
        sessions[at].learn(f"m{at}", "tools")

    with ThreadPoolExecutor(len(sessions)) as pool:
        list(pool.map(learn, range(len(sessions))))
    assert all(Lessons(path).refused(f"m{at}") == ("tools",) for at in range(len(sessions)))


def test_memory_that_cannot_be_written_costs_no_call(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    lessons = Lessons(tmp_path / "file" / "models.json")
    lessons.learn("m", "tools")
    assert lessons.refused("m") == ("tools",)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"m": 1}', '{"m": {"everything": 1.0}}'])
def test_spoilt_memory_is_begun_anew(tmp_path: Path, text: str) -> None:
    path = tmp_path / "models.json"
    path.write_text(text)
    lessons = Lessons(path)
    lessons.learn("m", "tools")
    assert Lessons(path).refused("m") == ("tools",)


@pytest.mark.parametrize(
    ("refused", "structured"),
    [((), "schema"), (("response_format",), "tool"), (("response_format", "tools"), "text"), (("tools",), "schema")],
)
def test_form_falls_from_schema_to_tool_to_text(refused: tuple[str, ...], structured: str) -> None:
    lessons = Lessons()
    for parameter in ("response_format", "tools", "images"):
        if parameter in (*refused, "images"):
            lessons.learn("openai/gpt-4o-mini", parameter)
    can = Endpoint("openai/gpt-4o-mini", None, 1.0, 1000, lessons=lessons).capabilities
    assert (can.structured, can.sees_images) == (structured, False)


def test_limit_of_a_reply_is_the_lower_one() -> None:
    assert Endpoint("openai/gpt-4o-mini", None, 1.0, 1000).output_limit == 1000
    assert Endpoint("openai/gpt-4o-mini", None, 1.0, 10**6).output_limit == 16_384


def test_unlimited_reply_is_reserved_for_in_full() -> None:
    lessons, messages = Lessons(), [{"role": "user", "content": "x"}]
    endpoint = Endpoint("openai/gpt-4o-mini", None, 1.0, 1000, lessons=lessons)
    limited = endpoint.worst_case(messages).usd
    for parameter in ("max_tokens", "max_completion_tokens"):
        lessons.learn("openai/gpt-4o-mini", parameter)
    assert endpoint.worst_case(messages).usd == pytest.approx(limited + 15_384 * 0.6e-6)
    assert endpoint.worst_case(messages, images=1).usd > endpoint.worst_case(messages).usd


def test_an_unlisted_model_sees_if_the_user_says_so_until_its_service_refuses() -> None:
    lessons = Lessons()
    blind, seeing = (
        Endpoint("openai/own", "http://127.0.0.1:9", 1.0, 1000, lessons=lessons, is_seeing=said)
        for said in (False, True)
    )
    assert (blind.capabilities.sees_images, seeing.capabilities.sees_images) == (False, True)
    lessons.learn("openai/own at http://127.0.0.1:9", "images")
    assert not seeing.capabilities.sees_images
    assert not Endpoint("openai/gpt-3.5-turbo", None, 1.0, 1000, is_seeing=True).capabilities.sees_images
