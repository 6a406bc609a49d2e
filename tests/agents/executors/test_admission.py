"""What may start beside what, and where; by example, and for any sequence of jobs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import UserError
from agents.executors.admission import Admission, Placement
from agents.executors.slots import Slots
from agents.schema import Resources


def admission(count: int = 8, cpus: int = 8, memory_mb: int = 8000, gpus: tuple[str, ...] = ()) -> Admission:
    return Admission(Slots(count=count, cpus=cpus, memory_mb=memory_mb, gpus=gpus))


def admit_all(books: Admission, wanted: Resources) -> list[Placement]:
    held: list[Placement] = []
    while placement := books.admit(books.fit(wanted)):
        held.append(placement)
    return held


def test_threads_of_all_jobs_are_no_more_than_the_cores() -> None:
    held = admit_all(admission(cpus=7), Resources(cpus=3, memory_mb=1))
    assert [job.env["OMP_NUM_THREADS"] for job in held] == ["3", "3"]


def test_memory_of_all_jobs_is_no_more_than_there_is() -> None:
    assert len(admit_all(admission(memory_mb=5000), Resources(memory_mb=2048))) == 2


def test_a_job_too_large_for_the_machine_runs_alone() -> None:
    books = admission(cpus=2, memory_mb=1500)
    held = admit_all(books, Resources(cpus=16, memory_mb=2048))
    assert held == [Placement(cpus=2, memory_mb=1500)]
    assert books.admit(Resources(memory_mb=1)) is None


def test_a_gpu_is_shared_by_as_many_as_their_shares_allow() -> None:
    held = admit_all(admission(gpus=("0", "MIG-1")), Resources(memory_mb=1, gpus=1 / 3))
    assert [job.env["CUDA_VISIBLE_DEVICES"] for job in held] == ["0"] * 3 + ["MIG-1"] * 3


def test_the_fullest_gpu_that_fits_is_taken() -> None:
    books = admission(gpus=("0", "1", "2"))
    gpus: list[str] = []
    for share in (0.5, 0.75, 0.25, 0.5):
        placement = books.admit(Resources(gpus=share, memory_mb=1))
        assert placement
        gpus += placement.gpus
    assert gpus == ["0", "1", "1", "0"]


def test_several_gpus_are_owned_whole() -> None:
    books = admission(gpus=("0", "1", "2"))
    assert books.admit(Resources(gpus=0.25, memory_mb=1))
    placement = books.admit(Resources(gpus=2, memory_mb=1))
    assert placement and placement.env["CUDA_VISIBLE_DEVICES"] == "1,2"
    assert books.admit(Resources(gpus=1, memory_mb=1)) is None


def test_a_job_that_asks_for_no_gpu_sees_none() -> None:
    (placement, *_) = admit_all(admission(gpus=("0",)), Resources())
    assert placement.env["CUDA_VISIBLE_DEVICES"] == ""


def test_where_there_is_no_gpu_none_is_needed() -> None:
    held = admit_all(admission(count=2), Resources(gpus=4))
    assert [job.env["CUDA_VISIBLE_DEVICES"] for job in held] == ["", ""]


def test_more_gpus_than_there_are_is_the_users_error() -> None:
    with pytest.raises(UserError, match=r"needs 4 GPUs and this machine has 2; set gpus") as caught:
        admission(gpus=("0", "1")).fit(Resources(gpus=4))
    assert "\n" not in str(caught.value)


def test_what_is_released_is_there_again() -> None:
    books = admission(count=1, gpus=("0",))
    first = books.admit(Resources(gpus=1))
    assert first and books.admit(Resources(gpus=1)) is None
    books.release(first)
    assert books.admit(Resources(gpus=1)) == first


WANTED = st.builds(
    Resources,
    cpus=st.integers(1, 12),
    memory_mb=st.integers(1, 10_000),
    gpus=st.sampled_from([0.0, 0.1, 0.25, 1 / 3, 0.5, 0.9, 1.0, 2.0]),
)


@given(st.lists(st.tuples(WANTED, st.booleans()), max_size=60))
def test_the_machine_is_never_overbooked_and_empty_it_takes_any_job(steps: list[tuple[Resources, bool]]) -> None:
    books, held = admission(count=4, gpus=("0", "1")), list[Placement]()
    for wanted, releases in steps:
        placement = books.admit(books.fit(wanted))
        assert placement or held
        held += [placement] if placement else []
        assert len(held) <= 4 and sum(job.cpus for job in held) <= 8 and sum(job.memory_mb for job in held) <= 8000
        assert all(sum(job.share for job in held if gpu in job.gpus) < 1.001 for gpu in ("0", "1"))
        if releases and held:
            books.release(held.pop(0))
