"""Text from models and experiments cannot play tricks on a terminal; numbers read as a person says them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.cli.text import clean, clean_lines, dollars, duration, number, verdict_of_review, words


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07shown", "shown"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0\x1b\\after", "after"),
        ("\x1b[2J\x1b[Hwiped\x1bc", "wiped"),
        ("one\r\ntwo\tthree", "one two three"),
        ("safe\u202etxt.exe", "safetxt.exe"),
        ("bell\x07 back\x08 c1\x9b31m", "bell back c131m"),
    ],
)
def test_escapes_and_controls_are_gone(hostile: str, harmless: str) -> None:
    assert clean(hostile) == harmless


@given(st.text())
def test_no_control_character_ever_gets_through(text: str) -> None:
    assert not any(unicodedata.category(char).startswith("C") for char in clean(text))
    assert not any(unicodedata.category(char).startswith("C") for char in clean_lines(text).replace("\n", ""))


def test_logs_keep_their_lines_and_the_last_state_of_a_progress_bar() -> None:
    assert clean_lines("step 1\rstep 2\rstep 3\r\n\tdone\x1b[K\n") == "step 3\n    done\n"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.0 s"), (9.94, "9.9 s"), (9.97, "10 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"), (7620, "2 h 07 min")],
)
def test_durations_read_as_a_person_says_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_numbers_dollars_and_node_names() -> None:
    assert [number(None), number(0.973333), number(1234567.0)] == ["-", "0.9733", "1.235e+06"]
    assert [dollars(0), dollars(1.239), dollars(0.0012)] == ["$0.00", "$1.24", "$0.0012"]
    assert words("check_paper") == "check paper"


@pytest.mark.parametrize(
    ("overall", "probability", "told"),
    [
        (6.2, 0.03, "6.2 of 10 by form and evidence; reject: P(accept) 0.03 (calibrated, extrapolated)"),
        (4.1, 0.6, "4.1 of 10 by form and evidence; reject for that; P(accept) 0.60 (calibrated, extrapolated)"),
        (
            4.1,
            0.03,
            "4.1 of 10 by form and evidence; reject for that and for P(accept) 0.03 (calibrated, extrapolated)",
        ),
        (4.1, None, "4.1 of 10 by form and evidence; reject (P(accept): calibrated, extrapolated)"),
    ],
)
def test_a_rejection_says_which_measure_said_no(overall: float, probability: float | None, told: str) -> None:
    assert verdict_of_review(overall, "reject", "calibrated, extrapolated", probability) == told


def test_an_acceptance_names_both_measures() -> None:
    told = "6.2 of 10 by form and evidence; P(accept) 0.61 (calibrated); accept"
    assert verdict_of_review(6.2, "accept", "calibrated", 0.61) == told
