"""The program between the driver and a sandboxed command: sets its limits, starts it, ends everything it started.

Runs as `python -I -S launcher.py data=BYTES fsize=BYTES grace=SECONDS scratch=DIR -- argv...`, standard library only,
so that it starts in milliseconds. Standard error carries its report, a line each: "start", "failed ERRNO", "exit CODE
WALL_S PEAK_KB". End of file on standard input, as when the driver closes it or dies, ends the command.
"""

import os
import resource
import select
import signal
import sys
import time

DEATH_SIGNAL, DUMPABLE, DROP_CAPABILITY, NO_NEW_PRIVILEGES, SUBREAPER = 1, 4, 24, 38, 36
"""Options of Linux's prctl."""
KEPT_CAPABILITY = 1
"""CAP_DAC_OVERRIDE: root may still read the user's own template and workspace."""
OPEN_FILES = 1024
KILL_WAIT_S = 2.0


def prctl(option: int, value: int) -> None:
    """Set a property of this process; does nothing on other systems than Linux."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, *(ctypes.c_ulong(word) for word in (value, 0, 0, 0)))


def children() -> dict[int, list[int]]:
    """The children of every process on this machine that has any, from /proc."""
    found: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 (pathlib is slow to import)
        if name.isdigit():
            found.setdefault(_parent(name), []).append(int(name))
    return found


def below(root: int, children_of: dict[int, list[int]]) -> list[int]:
    """Ids of all processes that descend from `root`."""
    found = list(children_of.get(root, ()))
    for pid in found:
        found.extend(children_of.get(pid, ()))
    return found


def _parent(pid: str) -> int:
    try:
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
    except OSError:
        return 0
    try:
        return int(os.read(descriptor, 4096).rpartition(b")")[2].split()[1])
    except (OSError, IndexError):
        return 0
    finally:
        os.close(descriptor)


# --- the command's side of the fork -----------------------------------


def start_command(options: dict[str, str], argv: list[str]) -> None:
    """Become the command; reports to the driver and exits 127 when it cannot be started."""
    report = os.dup(2)
    try:
        _take_streams()
        os.setsid()
        _restore_signals()
        _limit(options)
        _shed_privileges()
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(report, f"failed {error.errno}\n".encode())
    os._exit(127)


def _take_streams() -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(1, 2)


def _restore_signals() -> None:
    # Python ignores these two, and an ignored signal stays ignored across exec.
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def _limit(options: dict[str, str]) -> None:
    # RLIMIT_AS would count torch's reserved address space; RLIMIT_NPROC counts the whole user and spares root.
    _set_limit(resource.RLIMIT_CORE, 0)
    _set_limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    _set_limit(resource.RLIMIT_FSIZE, int(options["fsize"]))
    _set_limit(resource.RLIMIT_DATA, int(options["data"]))


def _set_limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
    try:
        resource.setrlimit(kind, (allowed, allowed))
    except (OSError, ValueError):
        if sys.platform == "linux":  # macOS refuses some; there the watch from outside is all there is
            raise


def _shed_privileges() -> None:
    """No setuid program helps; root keeps one capability, so that it can neither trace nor read its driver."""
    prctl(DEATH_SIGNAL, signal.SIGKILL)
    prctl(NO_NEW_PRIVILEGES, 1)
    if os.geteuid() == 0:
        for capability in range(64):
            if capability != KEPT_CAPABILITY:
                prctl(DROP_CAPABILITY, capability)


# --- the supervisor's side --------------------------------------------


class Supervisor:
    """Waits for the command to exit or for the driver to go, and leaves nothing running."""

    def __init__(self, child: int, started: float, grace_s: float, signals: int) -> None:
        self.child, self.started, self.grace_s, self.signals = child, started, grace_s, signals
        self.report: str | None = None
        self.has_children = True

    def follow(self) -> None:
        """Wait until the command ends, or end it when the driver asks or is gone."""
        while self.report is None:
            ready = select.select([0, self.signals], [], [])[0]
            if 0 in ready or signal.SIGTERM in self._drain():
                self._end_gently()
                return
            self._reap()

    def kill_all(self) -> None:
        """Kill every descendant. Orphans are handed to this process, so no child left means none anywhere."""
        deadline = time.monotonic() + KILL_WAIT_S
        self._signal_group(signal.SIGKILL)
        self._reap()
        while self.has_children and time.monotonic() < deadline:
            for pid in below(os.getpid(), children()) if sys.platform == "linux" else [self.child]:
                _kill(pid)
            time.sleep(0.002)
            self._reap()

    def _end_gently(self) -> None:
        deadline = time.monotonic() + self.grace_s
        self._signal_group(signal.SIGTERM)
        while self.has_children and (left := deadline - time.monotonic()) > 0:
            select.select([self.signals], [], [], left)
            self._drain()
            self._reap()

    def _drain(self) -> bytes:
        try:
            return os.read(self.signals, 4096)
        except BlockingIOError:
            return b""

    def _signal_group(self, number: int) -> None:
        if self.report is None or number == signal.SIGKILL:
            try:
                os.killpg(self.child, number)
            except OSError:
                return  # the group is empty, or not made yet

    def _reap(self) -> None:
        try:
            while (ended := os.wait4(-1, os.WNOHANG))[0]:
                if ended[0] == self.child:
                    wall_s = time.monotonic() - self.started
                    code = os.waitstatus_to_exitcode(ended[1])
                    self.report = f"exit {code} {wall_s:.6f} {ended[2].ru_maxrss}\n"
        except ChildProcessError:
            self.has_children = False


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        return  # gone by itself


def _wake(_number: int, _frame: object) -> None:
    """Let the signal reach the descriptor instead of its default."""


def watch_signals() -> int:
    """A descriptor from which the numbers of signals can be read, for select."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, _wake)
    return reading


def main(arguments: list[str]) -> None:
    cut = arguments.index("--")
    options, argv = dict(item.split("=", 1) for item in arguments[:cut]), arguments[cut + 1 :]
    os.umask(0o077)
    signals = watch_signals()
    prctl(SUBREAPER, 1)
    prctl(DUMPABLE, 0)  # the command may not write to our descriptors; exec makes it dumpable again
    started = time.monotonic()
    if (child := os.fork()) == 0:
        start_command(options, argv)
    os.dup2(0, 1)  # the command's output must end with the command
    os.write(2, b"start\n")
    supervisor = Supervisor(child, started, float(options["grace"]), signals)
    supervisor.follow()
    supervisor.kill_all()
    _report(supervisor.report or "lost\n", options["scratch"])


def _report(line: str, scratch: str) -> None:
    try:
        os.write(2, line.encode())
    except BrokenPipeError:  # the driver is dead, so nobody else tidies up
        import shutil

        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
    os._exit(0)  # nothing to flush or tidy; the driver waits for us
