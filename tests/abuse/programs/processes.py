"""Ways to harm other processes of the user, and whoever watches over the program itself."""

from tests.abuse.attack import Attack

_NO_NAMESPACE = """
if os.stat("/proc/self/ns/pid").st_ino == host.pid_namespace:
    print("not in a namespace of its own: this would hit the machine's other processes")
    raise SystemExit
"""

ATTACKS = (
    Attack("kill_a_process", "attempt(os.kill, host.victim, signal.SIGKILL)"),
    Attack("stop_a_process", "attempt(os.kill, host.victim, signal.SIGSTOP)"),
    Attack(
        "kill_by_pidfd",
        "opened = attempt(os.pidfd_open, host.victim)\n"
        "if opened is not None: print(call('pidfd_send_signal', opened, 9, None, 0))",
    ),
    Attack("limit_a_process", "attempt(resource.prlimit, host.victim, resource.RLIMIT_NOFILE, (3, 3))"),
    Attack(
        "slow_a_process_down",
        "attempt(os.setpriority, os.PRIO_PROCESS, host.victim, 19)\n"
        "attempt(os.sched_setaffinity, host.victim, {0})\n"
        "attempt(os.sched_setscheduler, host.victim, os.SCHED_IDLE, os.sched_param(0))\n"
        "call('ioprio_set', 1, host.victim, 3 << 13)",
    ),
    Attack(
        "have_a_process_chosen_by_the_oom_killer",
        "attempt(lambda: open(f'/proc/{host.victim}/oom_score_adj', 'w').write('900'))",
    ),
    Attack(
        "trace_a_process",
        """
for pid in (host.victim, host.driver):
    if call("ptrace", 0x4206, pid, None, None) == 0: escaped("traces", pid)
""",
    ),
    Attack(
        "write_the_memory_of_a_process",
        """
def write():
    return os.pwrite(os.open(f"/proc/{host.victim}/mem", os.O_RDWR), b"x", host.victim_address)
if attempt(write): escaped("wrote memory")
""",
    ),
    Attack(
        "kill_everything_in_sight",
        _NO_NAMESPACE + "for number in (15, 9):\n for pid in pids(): attempt(os.kill, pid, number)\nos.kill(-1, 9)",
        not_bare="it would end the machine's processes",
    ),
    Attack(
        "kill_its_supervisor",
        "if os.fork() == 0:\n os.setsid()\n time.sleep(60)\nattempt(os.kill, os.getppid(), 9)\ntime.sleep(60)",
        limits={"wall_s": 4},
        not_bare="its parent there is the test itself",
    ),
    Attack(
        "freeze_its_supervisor",
        "attempt(os.kill, os.getppid(), signal.SIGSTOP)\ntime.sleep(60)",
        ends=("timeout",),
        limits={"wall_s": 4},
        not_bare="its parent there is the test itself",
    ),
)
