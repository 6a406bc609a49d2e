import math
from pathlib import Path

import pytest

from agents.executors.slots import count_cpus, cpu_quota, find_gpus, find_slots, parse_gpus

LISTING = """GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5c89852c)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-e53fcb63)
  MIG 3g.20gb     Device  0: (UUID: MIG-7cc3)
  MIG 1g.5gb      Device  1: (UUID: MIG-b2a1)
GPU 10: NVIDIA H200 (UUID: GPU-11aa)
"""


def test_gpus_are_numbered_and_divided_ones_give_their_parts() -> None:
    assert parse_gpus(LISTING) == ("0", "MIG-7cc3", "MIG-b2a1", "10")


@pytest.mark.parametrize("listing", ["", "No devices found.\n", "NVIDIA-SMI has failed because it couldn't\n"])
def test_no_gpu_is_no_gpu(listing: str) -> None:
    assert parse_gpus(listing) == ()


@pytest.mark.parametrize(
    ("chosen", "gpus"),
    [("", ()), ("-1", ()), ("2", ("2",)), ("0, 3", ("0", "3")), ("GPU-5c,MIG-7", ("GPU-5c", "MIG-7"))],
)
def test_a_batch_systems_choice_of_gpus_is_kept(chosen: str, gpus: tuple[str, ...]) -> None:
    assert find_gpus({"CUDA_VISIBLE_DEVICES": chosen}) == gpus


def test_without_gpus_there_is_a_slot_per_core() -> None:
    slots = find_slots(0, ())
    assert len(slots) == count_cpus() >= 1
    assert {(slot.gpu, slot.cpus) for slot in slots} == {(None, 1)}


def test_a_wanted_number_of_slots_is_made() -> None:
    assert [slot.gpu for slot in find_slots(3, ())] == [None, None, None]


def test_each_gpu_is_a_slot() -> None:
    slots = find_slots(0, ("0", "1"))
    assert [slot.gpu for slot in slots] == ["0", "1"]
    assert all(slot.cpus == max(1, count_cpus() // 2) for slot in slots)


def test_more_slots_than_gpus_share_them_in_turn() -> None:
    assert [slot.gpu for slot in find_slots(5, ("0", "1"))] == ["0", "1", "0", "1", "0"]


def test_a_slot_without_gpu_shows_none() -> None:
    assert find_slots(1, ())[0].env["CUDA_VISIBLE_DEVICES"] == ""


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
