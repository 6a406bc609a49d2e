"""All attacks, and what a weak sandbox is known to let through."""

from tests.abuse.programs import kernel, network, outside, processes, reading, resources, survivors

ATTACKS = (
    *network.ATTACKS,
    *reading.ATTACKS,
    *outside.ATTACKS,
    *processes.ATTACKS,
    *kernel.ATTACKS,
    *resources.ATTACKS,
    *survivors.ATTACKS,
)
WEAK_AT: dict[str, dict[str, str]] = {
    "process": {
        "thread_bomb": "processes are counted, threads are not, and RLIMIT_NPROC would count the whole user",
        "memory_of_files_without_a_name": "without a cgroup only what a process has mapped can be seen",
        "memory_of_socket_buffers": "without a cgroup only what a process has mapped can be seen",
    }
}
"""Backend -> attack -> why it may succeed there. It must still neither hang nor leave anything behind."""

WEAK_TOWARDS_OTHER_RUNS: dict[str, dict[str, str]] = {"process": {}}
"""The same for what a program finds of another run in the sandbox."""
