"""The docker sandbox: a container for each run, from Docker Engine or from Podman's compatible socket.

The container is the fence. Its first process is the launcher that supervises a command everywhere; the engine carries
its streams, and the kernel's cgroup holds memory, processes and CPU.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Flag
from typing import Any

from agents.errors import ServiceError
from agents.sandbox.borrowed import ROOM_USER
from agents.sandbox.breach import Watch
from agents.sandbox.containers.config import describe_container
from agents.sandbox.containers.engine import Engine, explain, find_lacks
from agents.sandbox.containers.image import choose_image
from agents.sandbox.containers.judgement import Unseen, judge_memory, judge_rest
from agents.sandbox.containers.labels import make_labels, sweep
from agents.sandbox.containers.request import make_request
from agents.sandbox.containers.wire import DockerWire, remove_container
from agents.sandbox.following import complete, follow, raise_if_set
from agents.sandbox.output import CappedLog
from agents.sandbox.strays import new_marker
from agents.sandbox.supervised import MB, Supervised
from agents.schema import Command, Completion

_REMOVERS = 4
_HELD = "docker (memory, pids, cpu kept by the kernel)"


class DockerSandbox:
    """Runs each command in a container of its own. Safe to use from many threads."""

    name = "docker"
    guarantees = (
        "files outside the working folder: cannot be written; only system, Python and the inputs can be read",
        "network: none, but a loopback of its own",
        "other processes: neither seen nor signalled; nothing outlives the run",
        "user: nobody else's, without any capability; system calls are filtered (seccomp)",
        "memory with swap, number of processes, CPU: enforced by the kernel (cgroup)",
        "wall-clock limit, size of the output, of each file and of /tmp: enforced",
        "disk of the working folder: polled, can be overshot for a moment",
    )

    def __init__(self, image: str = "", client_url: str = "") -> None:
        self._engine = Engine(client_url)
        try:
            if lacks := find_lacks(self._engine.facts):
                raise ServiceError(f"docker: the engine would not hold an experiment: {'; '.join(lacks)}")
            self._image = choose_image(self._engine, image)
            sweep(self._engine)
        except BaseException:
            self._engine.close()
            raise
        self._pool = ThreadPoolExecutor(_REMOVERS, thread_name_prefix="container removal")

    def run(self, command: Command, stop: Flag) -> Completion:
        """Run to the end or to a limit; raises Interrupted when `stop` is set, ServiceError when it cannot be run."""
        raise_if_set(stop)
        if not command.workdir.is_dir():
            raise ServiceError(f"sandbox: working folder {command.workdir} does not exist")
        with CappedLog(command.stdout, command.limits.output_mb * MB) as log:
            wire = self._start(self._describe(command))
            running = Supervised(command.argv[0], wire, None, log)
            watch = Watch(command.limits, (command.workdir,), running, Unseen())
            with running:
                breach = follow(running, watch, stop)
            breach = breach or judge_memory(running.exit, command, lacked_memory=wire.lacked_memory)
            if breach is None:
                running.check_start()
            breach = breach or watch.measure_disk() or judge_rest(running.exit, log.recent, command.workdir)
        return complete(running, watch.peak_mb, breach, _HELD)

    def close(self) -> None:
        """Wait until the containers of past runs are removed; safe to repeat."""
        self._pool.shutdown()
        self._engine.close()

    def _describe(self, command: Command) -> dict[str, Any]:
        marker = new_marker(command.workdir)
        if os.geteuid() == 0 and not self._engine.is_rootless:
            os.chown(command.workdir, ROOM_USER, ROOM_USER)
        request = make_request(command, self._image.python, marker)
        labels = make_labels(marker, command.limits.wall_s)
        return describe_container(self._engine, self._image, command, request, labels)

    def _start(self, described: dict[str, Any]) -> DockerWire:
        """Make a container and start it, listening before it can say anything."""
        with explain("no container could be started"):
            container = self._engine.api.create_container(**described)["Id"]
            try:
                wire = DockerWire(self._engine, container, self._engine.attach(container), self._pool)
            except BaseException:
                remove_container(self._engine, container)
                raise
            try:
                self._engine.api.start(container)
            except BaseException:
                wire.destroy()
                wire.close()
                raise
        return wire
