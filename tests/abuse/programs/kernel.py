"""Ways to more privilege: system calls that an experiment never needs, setuid programs, limits of its own."""

from tests.abuse.attack import Attack

_USER, _MOUNT = 0x10000000, 0x20000
_UNSHARE = "if call('unshare', %d) >= 0: escaped('new %s namespace')"
_NAMESPACES = {
    "user": _USER, "mount": _MOUNT, "network": 0x40000000, "pid": 0x20000000, "ipc": 0x8000000, "uts": 0x4000000,
    "cgroup": 0x2000000, "time": 0x80,
}  # fmt: skip
_ASKED = """
def asked(name, *given):
    result = call(name, *given)
    print(name, result)
    if -result not in (errno.EPERM, errno.EACCES, errno.ENOSYS): escaped(name, result)
"""

ATTACKS = (
    *(
        Attack(f"new_{name}_namespace", _UNSHARE % (flag, name), for_root=name != "user")
        for name, flag in _NAMESPACES.items()
    ),
    Attack(
        "clone_into_new_namespaces",
        f"""
made = call("clone", {_USER | _MOUNT} | signal.SIGCHLD, 0, 0, 0, 0)
if made == 0: os._exit(0)
if made > 0: escaped("clone into namespaces")
arguments = struct.pack("8Q", {_USER}, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
made = call("clone3", arguments, len(arguments))
if made == 0: os._exit(0)
if made > 0: escaped("clone3 into a namespace")
""",
    ),
    Attack(
        "mount",
        """
os.mkdir("m")
if call("mount", b"abuse", b"m", b"tmpfs", 0, None) >= 0: escaped("mounted"); call("umount2", b"m", 2)
for name, given in (("fsopen", (b"tmpfs", 0)), ("open_tree", (-100, b"/", 1))):
    if call(name, *given) >= 0: escaped(name)
""",
        for_root=True,
    ),
    Attack("chroot", "if attempt(os.chroot, '.') is None and os.getcwd() == '/': escaped('chroot')", for_root=True),
    Attack("pivot_root", _ASKED + "asked('pivot_root', b'/nowhere', b'/nowhere')", for_root=True),
    Attack(
        "join_a_namespace",
        """
for pid in (1, host.driver, host.victim, os.getppid()):
    for name in ("mnt", "net", "uts", "ipc", "cgroup", "pid"):
        opened = attempt(os.open, f"/proc/{pid}/ns/{name}", os.O_RDONLY)
        if opened is not None and call("setns", opened, 0) >= 0: escaped("joined", name, "of", pid)
""",
        for_root=True,
    ),
    Attack(
        "io_uring",
        "room = ctypes.create_string_buffer(120)\nif call('io_uring_setup', 4, room) >= 0: escaped('io_uring')",
        not_bare="a kernel may have it switched off",
    ),
    Attack(
        "bpf",
        "given = struct.pack('4I', 2, 4, 4, 1) + bytes(100)\n"
        "if call('bpf', 0, given, len(given)) >= 0: escaped('bpf map')",
        for_root=True,
    ),
    Attack("userfaultfd", "for flags in (0, 1):\n if call('userfaultfd', flags) >= 0: escaped('userfaultfd', flags)"),
    Attack(
        "perf_events",
        "given = struct.pack('2I', 1, 112) + bytes(104)\n"
        "if call('perf_event_open', given, 0, -1, -1, 0) >= 0: escaped('perf')",
        not_bare="a kernel may have it switched off",
    ),
    Attack(
        "kernel_keyring",
        """
if call("keyctl", 0, -3, 0) >= 0: escaped("session keyring")
if call("add_key", b"user", b"abuse", b"x", 1, -4) >= 0: escaped("added a key")
""",
        not_bare="not every kernel has keyrings",
    ),
    Attack(
        "kernel_modules_and_reboot",
        _ASKED
        + "asked('init_module', None, 0, b'')\nasked('reboot', 1, 2, 3, None)\nasked('kexec_load', 0, 99, None, 0)",
        for_root=True,
    ),
    Attack(
        "rename_the_machine",
        "name = os.uname().nodename.encode()\n"
        "if call('sethostname', name, len(name)) >= 0: escaped('named the machine')",
        for_root=True,
    ),
    Attack(
        "setuid_program",
        """
import subprocess
def privileges(text):
    lines = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return lines["Uid"].split()[1], int(lines["CapEff"], 16)
attempt(os.setgroups, [])
attempt(os.setresuid, 65534, 65534, 65534)
mine = privileges(open("/proc/self/status").read())
done = attempt(lambda: subprocess.run([host.helper, "/proc/self/status"], capture_output=True, text=True))
if done and done.returncode == 0:
    gained = privileges(done.stdout)
    if gained[0] != mine[0] or gained[1] & ~mine[1]: escaped("from", mine, "to", gained)
""",
        for_root=True,
    ),
    Attack(
        "capabilities",
        """
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines() if ":" in line)
if int(status["CapEff"], 16) & ~2: escaped("capabilities", status["CapEff"])
if status["NoNewPrivs"].strip() != "1": escaped("may gain privileges")
""",
    ),
    Attack(
        "become_another_user",
        "for who in (12345, 0):\n if who != os.getuid() and attempt(os.setresuid, who, who, who) is None "
        "and os.getuid() == who: escaped('became', who)",
        for_root=True,
    ),
    Attack(
        "raise_its_own_limits",
        """
for name in ("CORE", "FSIZE", "DATA", "NOFILE", "NPROC", "MEMLOCK", "AS", "STACK", "RTPRIO", "NICE"):
    kind = getattr(resource, f"RLIMIT_{name}", {"RTPRIO": 14, "NICE": 13}.get(name))
    hard = resource.getrlimit(kind)[1]
    for above in (hard + 1, resource.RLIM_INFINITY):
        if hard != resource.RLIM_INFINITY and attempt(resource.setrlimit, kind, (above, above)) is None:
            if resource.getrlimit(kind)[1] != hard: escaped("raised", name)
""",
        not_bare="a bare subprocess has no limits to raise",
    ),
    Attack(
        "go_before_others",
        """
for policy in (os.SCHED_FIFO, os.SCHED_RR):
    if attempt(os.sched_setscheduler, 0, policy, os.sched_param(1)) is None and os.sched_getscheduler(0) == policy:
        escaped("realtime", policy)
before = os.getpriority(os.PRIO_PROCESS, 0)
attempt(os.setpriority, os.PRIO_PROCESS, 0, -10)
if os.getpriority(os.PRIO_PROCESS, 0) < before: escaped("nice")
attempt(lambda: open("/proc/self/oom_score_adj", "w").write("-900"))
if int(read("/proc/self/oom_score_adj") or 0) < 0: escaped("never killed for memory")
""",
        for_root=True,
    ),
    Attack(
        "core_dump",
        """
attempt(resource.setrlimit, resource.RLIMIT_CORE, (1 << 20, 1 << 20))
if resource.getrlimit(resource.RLIMIT_CORE)[0]: escaped("core dumps allowed")
os.abort()
""",
        ends=("crash",),
        for_root=True,
    ),
)
