"""`python -m bench.search`: what is asked for is what is run."""

import pytest

from bench.search.__main__ import main

SMALL = ["--seeds", "2", "--budget", "12", "--jobs", "1"]


def lines_of(words: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    main(SMALL + words)
    return capsys.readouterr().out.splitlines()


def test_compares_the_policies_named(capsys: pytest.CaptureFixture[str]) -> None:
    lines = lines_of(["--policies", "repeated,best_first[drafts=2]", "--baseline", "repeated"], capsys)
    assert lines[0] == "2 seeds from 0, 12 trials, noise 0.03, lanes 1"
    assert "after 10 trials: true value at the recommended trial (standard error)" in lines
    assert any(line.startswith("mean over 5 grounds minus repeated") for line in lines)
    assert sum(line.startswith("best_first[drafts=2] ") for line in lines) == 7


def test_keeps_held_out_problems_apart(capsys: pytest.CaptureFixture[str]) -> None:
    plain, held = (lines_of(["--policies", "repeated", *flags], capsys) for flags in ([], ["--held-out"]))
    assert held[0].startswith("2 seeds from 1000,") and plain[2:5] != held[2:5]


def test_adds_two_grounds_that_do_not_count_in_the_mean(capsys: pytest.CaptureFixture[str]) -> None:
    five, more = (lines_of(["--policies", "repeated", *flags], capsys) for flags in ([], ["--more"]))
    assert more[3].split()[-4:] == ["chain", "plateau", "mean", "regret"]
    assert five[4].split()[-3:] == more[4].split()[-3:]


def test_compares_lanes_with_one_lane(capsys: pytest.CaptureFixture[str]) -> None:
    *_, head, row = lines_of(["--policies", "repeated", "--lanes", "4"], capsys)
    assert head.split() == ["policy", "speed-up", "value", "lost", "value", "alone"]
    assert float(row.split()[1]) > 2 and row.split()[2] == "+0.000"


def test_counts_false_improvements(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines_of(["--null"], capsys)[0] == "pure noise, 12 trials, 2 searches by keep/discard"


def test_ends_with_one_line_for_an_unknown_policy(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"unknown policy 'nobody'; known: .*treequest_a"):
        main([*SMALL, "--policies", "nobody"])
    assert capsys.readouterr().out == ""
