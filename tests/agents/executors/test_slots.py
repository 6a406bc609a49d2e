import pytest

from agents.executors.slots import (
    count_cpus,
    count_fitting,
    count_memory_mb,
    find_gpus,
    find_slots,
    parse_gpus,
    usable_mb,
)  # fmt: skip
from agents.schema import Resources

LISTING = """GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5c89852c)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-e53fcb63)
  MIG 3g.20gb     Device  0: (UUID: MIG-7cc3)
  MIG 1g.5gb      Device  1: (UUID: MIG-b2a1)
GPU 10: NVIDIA H200 (UUID: GPU-11aa)
"""
LIGHT = Resources(memory_mb=1)


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
    slots = find_slots(0, (), LIGHT)
    assert slots.count == slots.count == slots.cpus == count_cpus() >= 1
    assert slots.gpus == ()


def test_a_wanted_number_of_slots_is_made_with_a_core_for_each() -> None:
    slots = find_slots(300, ("0",), Resources(cpus=2))
    assert (slots.count, slots.cpus, slots.gpus) == (300, 600, ("0",))


def test_no_slot_lends_memory_that_the_machine_needs_itself() -> None:
    assert find_slots(64, ()).memory_mb == usable_mb(count_memory_mb()) < count_memory_mb()


@pytest.mark.parametrize(("memory_mb", "usable"), [(24_000, 21_600), (2048, 1536), (1000, 500), (600, 300)])
def test_a_reserve_of_memory_is_kept(memory_mb: int, usable: int) -> None:
    assert usable_mb(memory_mb) == usable


@pytest.mark.parametrize(
    ("gpus", "share", "fitting"),
    [(2, 1.0, 2), (2, 0.25, 8), (1, 1 / 3, 3), (1, 0.6, 1), (4, 2.0, 2), (3, 2.0, 1), (1, 2.0, 1), (2, 0.0, 16)],
)
def test_gpus_decide_how_many_fit_where_they_are_used(gpus: int, share: float, fitting: int) -> None:
    assert count_fitting(Resources(memory_mb=1, gpus=share), 16, 1000, gpus) == fitting


@pytest.mark.parametrize(
    ("cpus", "memory_mb", "fitting"), [(1, 1, 16), (4, 1, 4), (32, 1, 1), (1, 250, 4), (1, 2000, 1)]
)
def test_else_cores_do_and_memory_in_either_case(cpus: int, memory_mb: int, fitting: int) -> None:
    assert count_fitting(Resources(cpus=cpus, memory_mb=memory_mb, gpus=1), 16, 1000, 0) == fitting
