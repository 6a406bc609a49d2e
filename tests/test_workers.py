"""Tests that share a server run in one worker, all others anywhere."""

import pytest

from tests.workers import group_of


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("tests/abuse/test_abuse.py::test_the_host_is_safe_from[docker-fork_bomb]", "docker"),
        ("tests/abuse/test_abuse.py::test_the_host_is_safe_from[bubblewrap-fork_bomb]", "abuse in bubblewrap"),
        ("tests/abuse/test_pairs.py::test_another_run_is_hidden[process-files-after]", "abuse in a process"),
        ("tests/abuse/test_bare.py::test_without_a_sandbox_harm_is_done_by[fork_bomb]", "abuse without a sandbox"),
        ("tests/agents/sandbox/containers/test_wire.py::test_a_frame", "docker"),
        ("tests/conformance/test_sandbox_conformance.py::TestEverySandbox::test_runs[docker]", "docker"),
        ("tests/conformance/test_journal_conformance.py::TestJournal::test_claims[postgresql]", "postgresql"),
        ("tests/e2e/test_model_road.py::test_a_run_is_replayed_from_one_file", "one recorded run"),
        ("tests/e2e/test_free_road.py::test_every_call_knows_who_asked", "one run without a template"),
        (
            "tests/templates/test_template_contract.py::test_the_splits_differ[seir_epidemic]",
            "experiments of seir_epidemic",
        ),
        ("tests/reviewer/estimate/test_model.py::TestText::test_is_measured", "one fitted reviewer"),
        ("tests/agents/executors/test_ray_cluster.py::TestOnACluster::test_slots", "clusters"),
    ],
)
def test_tests_of_one_server_stay_together(nodeid: str, group: str) -> None:
    assert group_of(nodeid) == group


@pytest.mark.parametrize(
    "nodeid",
    [
        "tests/conformance/test_sandbox_conformance.py::TestEverySandbox::test_runs[bubblewrap]",
        "tests/conformance/test_journal_conformance.py::TestJournal::test_claims[sqlite]",
        "tests/agents/sandbox/test_choose.py::test_docker_comes_first",
        "tests/e2e/test_free_road.py::test_a_persons_idea_is_studied_in_their_words",
    ],
)
def test_any_worker_may_run_the_rest(nodeid: str) -> None:
    assert group_of(nodeid) == nodeid
