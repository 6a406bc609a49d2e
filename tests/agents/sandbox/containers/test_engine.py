from pathlib import Path

import pytest

from agents.errors import ServiceError
from agents.sandbox.containers.engine import Engine, check_engine, find_engine, find_lacks

GOOD = {
    "MemoryLimit": True,
    "PidsLimit": True,
    "CpuCfsQuota": True,
    "CgroupDriver": "systemd",
    "SecurityOptions": ["name=seccomp,profile=default"],
}


def test_a_full_engine_lacks_nothing() -> None:
    assert find_lacks(GOOD) == ()


def test_a_rootless_engine_without_cgroups_is_refused() -> None:
    """Rootless Docker on cgroup version 1 runs containers and ignores every limit."""
    rootless = GOOD | {"MemoryLimit": False, "PidsLimit": False, "CpuCfsQuota": False, "CgroupDriver": "none"}
    assert len(find_lacks(rootless)) == 4


def test_an_engine_without_seccomp_is_refused() -> None:
    assert find_lacks(GOOD | {"SecurityOptions": ["name=cgroupns"]}) == ("it does not filter system calls (seccomp)",)


def test_a_real_engine_holds_limits(docker_engine: str) -> None:
    assert check_engine(docker_engine) == ()


def test_no_engine_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match=r"no engine answers at .*; start it") as caught:
        Engine(f"unix://{tmp_path}/none.sock")
    assert "\n" not in str(caught.value)


def test_an_engine_elsewhere_is_refused() -> None:
    with pytest.raises(ServiceError, match="on this machine"):
        Engine("tcp://192.0.2.1:2375")


def test_the_users_choice_of_engine_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///somewhere.sock")
    assert find_engine() == "unix:///somewhere.sock"
