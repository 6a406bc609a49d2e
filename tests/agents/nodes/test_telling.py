"""Steps of a stage: told once they are done."""

from pathlib import Path

import pytest

from agents.nodes.telling import told_step
from tests.agents.scripted import drive, emitted, scripted_services


def test_a_step_is_told_when_it_is_done_with_its_place(tmp_path: Path) -> None:
    services = scripted_services(tmp_path)
    with told_step(services, "write_paper", "method", study="s1", done=4, total=10):
        assert emitted(services, "step_finished") == []
    (event,) = emitted(services, "step_finished")
    assert (event.study, event.node, event.step, event.done, event.total) == ("s1", "write_paper", "method", 4, 10)


def test_a_step_that_fails_is_not_told(tmp_path: Path) -> None:
    services = scripted_services(tmp_path)
    with pytest.raises(ValueError), told_step(services, "write_paper", "method"):
        raise ValueError
    assert emitted(services, "step_finished") == []


def test_sections_are_told_as_they_come(tmp_path: Path) -> None:
    services = scripted_services(tmp_path, flags={"generations": 1})
    drive(services)
    sections = [event for event in emitted(services, "step_finished") if event.node == "write_paper" and event.total]
    assert [event.done for event in sections[:10]] == list(range(1, 11)), "mending comes after"
    assert {event.study for event in sections} == {"s1"}
