import math
from pathlib import Path

import pytest

from agents.executors.quotas import cpu_quota, memory_limit_mb


def test_a_new_control_groups_quota_is_read(tmp_path: Path) -> None:
    (tmp_path / "slice" / "job").mkdir(parents=True)
    (tmp_path / "slice" / "cpu.max").write_text("150000 100000\n")
    (tmp_path / "slice" / "job" / "cpu.max").write_text("max 100000\n")
    assert cpu_quota(tmp_path, ["slice/job"]) == 1.5


def test_an_old_control_groups_quota_is_read(tmp_path: Path) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("400000\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert cpu_quota(tmp_path, ["docker/gone"]) == 4


@pytest.mark.parametrize(("quota", "period"), [("-1", "100000"), ("x", "y"), ("100000", "0")])
def test_no_quota_is_no_limit(tmp_path: Path, quota: str, period: str) -> None:
    (tmp_path / "cpu.cfs_quota_us").write_text(quota)
    (tmp_path / "cpu.cfs_period_us").write_text(period)
    assert cpu_quota(tmp_path, []) == math.inf


def test_the_least_memory_limit_of_nested_groups_counts(tmp_path: Path) -> None:
    (tmp_path / "slice" / "job").mkdir(parents=True)
    (tmp_path / "slice" / "memory.max").write_text(f"{3 * 2**30}\n")
    (tmp_path / "slice" / "job" / "memory.max").write_text(f"{4 * 2**30}\n")
    assert memory_limit_mb(tmp_path, ["slice/job"]) == 3072


def test_an_old_control_groups_memory_limit_is_read(tmp_path: Path) -> None:
    (tmp_path / "memory" / "docker" / "a").mkdir(parents=True)
    (tmp_path / "memory" / "docker" / "a" / "memory.limit_in_bytes").write_text(f"{2**30}\n")
    assert memory_limit_mb(tmp_path, ["docker/a"]) == 1024


def test_no_memory_limit_is_none(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("max\n")
    assert memory_limit_mb(tmp_path, []) == math.inf
