"""Ways to live on: daemons, programs that start themselves again, programs that no signal ends."""

from tests.abuse.attack import Attack

_DEAF = "for number in (1, 2, 3, 15): signal.signal(number, signal.SIG_IGN)\n"
_DAEMON = (
    _DEAF
    + """
def daemon(work):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        libc.prctl(1, 0)
        if os.fork() == 0:
            os.write(writing, b"x")
            work()
        os._exit(0)
    os.read(reading, 1)
def doze():
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline: time.sleep(0.1)
    os._exit(0)
"""
)
_FOR_A_WHILE = {"wall_s": 4}

ATTACKS = (
    Attack("daemon_left_after_success", _DAEMON + "daemon(doze)", ends=("ok",)),
    Attack("daemon_left_after_failure", _DAEMON + "daemon(doze)\nraise SystemExit(5)", ends=("crash",)),
    Attack("daemon_at_the_time_limit", _DAEMON + "daemon(doze)\ndoze()", ends=("timeout",), limits=_FOR_A_WHILE),
    Attack("daemon_holding_the_output", _DAEMON + "daemon(lambda: (print('here', flush=True), doze()))", ends=("ok",)),
    Attack(
        "daemon_with_another_name",
        _DAEMON
        + """
code = "import os, time; os.chdir('/'); time.sleep(40)"
daemon(lambda: os.execve(sys.executable, ["kworker/0:1", "-c", code + "# " + host.token], {}))
time.sleep(0.3)
""",
        ends=("ok",),
    ),
    Attack(
        "child_of_its_parents",
        """
made = call("clone", 0x8000 | signal.SIGCHLD, 0, 0, 0, 0)
if made == 0: os.setsid(); time.sleep(40); os._exit(0)
if made > 0 and os.getppid() == 0: print("the first in its namespace")
""",
    ),
    Attack(
        "pair_that_raises_each_other",
        _DAEMON
        + """
def watch_the_other():
    # Each waits for the death of the one before it, and has a follower waiting for its own.
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        reading, writing = os.pipe()
        if os.fork():
            os.close(reading)
            time.sleep(20)
            os._exit(0)
        os.close(writing)
        os.setsid()
        os.read(reading, 1)
    os._exit(0)
daemon(watch_the_other)
time.sleep(0.3)
""",
        ends=("ok",),
    ),
    Attack(
        "program_that_starts_itself_again",
        _DEAF + "signal.alarm(30)\ntime.sleep(0.01)\nos.execv(sys.executable, sys.orig_argv)",
        ends=("timeout",),
        limits=_FOR_A_WHILE,
        not_bare="a wall clock is enough for a program that is one process",
    ),
    Attack(
        "program_that_runs_away_from_its_id",
        _DEAF + "deadline = time.monotonic() + 30\nwhile time.monotonic() < deadline:\n"
        " if os.fork(): os._exit(0)\n os.setsid()\n time.sleep(0.03)",
    ),
    Attack(
        "tree_that_ignores_the_end",
        _DEAF + "for _ in range(3): os.fork()\nos.fork() or os.setsid()\nsignal.alarm(40)\nwhile True: time.sleep(1)",
        ends=("timeout",),
        limits=_FOR_A_WHILE,
    ),
    Attack(
        "stopped_children",
        "for _ in range(3):\n if os.fork() == 0: os.setsid(); os.kill(os.getpid(), signal.SIGSTOP)\ntime.sleep(0.3)",
        ends=("ok",),
    ),
    Attack(
        "children_that_become_its_wards",
        _DAEMON + "libc.prctl(36, 1)\nfor _ in range(3): daemon(doze)\nos.kill(os.getpid(), 9)",
        ends=("crash",),
    ),
)
