"""Ways to change what is not theirs: files, their attributes, links, kernel settings, devices."""

from tests.abuse.attack import Attack

_SPOIL = """
def spoil(path, flags=os.O_WRONLY):
    with open(os.open(path, flags), "wb") as file: file.write(b"spoilt")
"""

ATTACKS = (
    Attack(
        "new_files_outside",
        "for folder in [*host.folders, '..', os.path.dirname(os.__file__)]:\n"
        " attempt(lambda: open(f'{folder}/abuse-{host.token}', 'w').close())",
    ),
    Attack(
        "new_folders_and_links_outside",
        "for folder in [*host.folders, '..']:\n"
        " attempt(os.mkdir, f'{folder}/abuse-{host.token}-d')\n"
        " attempt(os.rmdir, f'{folder}/abuse-{host.token}-d') or "
        "attempt(os.symlink, '/etc', f'{folder}/abuse-{host.token}-l')\n"
        " attempt(os.mkfifo, f'{folder}/abuse-{host.token}-p')",
    ),
    Attack("overwrite_a_file", _SPOIL + "attempt(spoil, host.precious)"),
    Attack("truncate_a_file", "attempt(os.truncate, host.precious, 0)"),
    Attack("delete_a_file", "attempt(os.unlink, host.precious)"),
    Attack(
        "rename_a_file",
        "attempt(os.rename, host.precious, host.precious + 'x')\nattempt(os.rename, host.precious, 'x')",
    ),
    Attack("replace_a_file", "open('mine', 'w').close()\nattempt(os.replace, 'mine', host.precious)"),
    Attack(
        "edit_the_evaluator",
        _SPOIL + "attempt(os.chmod, host.evaluator, 0o666)\nattempt(spoil, host.evaluator)\n"
        "attempt(os.unlink, host.evaluator)",
    ),
    Attack(
        "append_by_symlink",
        _SPOIL + "os.symlink(host.precious, 'near')\nattempt(spoil, 'near', os.O_WRONLY | os.O_APPEND)",
    ),
    Attack("write_by_hard_link", _SPOIL + "attempt(os.link, host.precious, 'near')\nattempt(spoil, 'near')"),
    Attack("write_through_dot_dot", _SPOIL + "attempt(spoil, '../../room/precious')"),
    Attack(
        "write_through_proc",
        _SPOIL
        + """
for pid in (host.victim, host.driver, os.getppid(), 1):
    attempt(spoil, f"/proc/{pid}/root{host.precious}")
    attempt(spoil, f"/proc/{pid}/cwd/../room/precious")
attempt(spoil, f"/proc/{host.victim}/fd/{host.victim_descriptor}")
""",
    ),
    Attack("chmod_outside", "attempt(os.chmod, host.precious, 0o000)"),
    Attack("chown_outside", "attempt(os.chown, host.precious, 12345, 12345)", for_root=True),
    Attack("utime_outside", "attempt(os.utime, host.precious, (1, 1))"),
    Attack("xattr_outside", "attempt(os.setxattr, host.precious, 'user.abuse', b'x')"),
    Attack(
        "attributes_of_the_evaluator", "attempt(os.chmod, host.evaluator, 0)\nattempt(os.utime, host.evaluator, (1, 1))"
    ),
    Attack(
        "kernel_settings",
        """
for path in ("kernel/core_pattern", "kernel/panic", "vm/overcommit_memory", "fs/suid_dumpable"):
    def rewrite():
        with open(f"/proc/sys/{path}", "r+") as file:
            same = file.read()
            return file.write(same)
    if attempt(rewrite): escaped("wrote", path)
""",
        for_root=True,
    ),
    Attack(
        "sysrq_and_sysfs",
        """
for path in ("/proc/sysrq-trigger", "/sys/kernel/uevent_helper", "/sys/power/state", "/sys/kernel/mm/ksm/run",
             "/sys/kernel/mm/transparent_hugepage/enabled", "/proc/irq/default_smp_affinity"):
    if attempt(os.open, path, os.O_WRONLY) is not None: escaped("opened", path)
""",
        for_root=True,
    ),
    Attack(
        "cgroup_release_agent",
        """
for folder in ("/sys/fs/cgroup", *glob("/sys/fs/cgroup/*/")):
    if attempt(os.open, f"{folder}/release_agent", os.O_WRONLY) is not None: escaped("release_agent in", folder)
    if attempt(os.open, f"{folder}/cgroup.procs", os.O_WRONLY) is not None: escaped("cgroup.procs in", folder)
    made = f"{folder}/abuse-{host.token}"
    if attempt(os.mkdir, made) is None and os.path.isdir(made): escaped("new group"); os.rmdir(made)
""",
        for_root=True,
    ),
    Attack(
        "devices_of_the_host",
        """
for path in ("/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/dev/fuse", "/dev/loop-control", "/dev/kvm",
             "/dev/net/tun", "/dev/userfaultfd", "/dev/vsock", "/dev/vhost-net", *glob("/dev/[svx]d?"),
             *glob("/dev/nvme?n?"), *glob("/dev/loop?")):
    if attempt(os.open, path, os.O_RDONLY | os.O_NONBLOCK) is not None: escaped("opened", path)
""",
        for_root=True,
    ),
    Attack(
        "new_device_nodes",
        """
for name, kind, number in (("disk", 0o60600, os.makedev(254, 0)), ("mem", 0o20600, os.makedev(1, 1))):
    if attempt(os.mknod, name, kind, number) is None and os.path.exists(name): escaped("made", name)
""",
        for_root=True,
    ),
    Attack(
        "type_into_a_terminal",
        """
import fcntl
attempt(os.setsid)
for path in (host.terminal, "/dev/tty", "/dev/console", "/dev/tty1", "/dev/ttyS0"):
    opened = attempt(os.open, path, os.O_RDWR | os.O_NONBLOCK)
    if opened is None: continue
    if path == host.terminal: attempt(os.write, opened, b"written")
    elif not path.endswith("/tty"): escaped("opened", path)
for number in (0, 1, 2, *range(3, 20)):
    attempt(fcntl.ioctl, number, 0x5412, b"x")
""",
        for_root=True,
    ),
)
