"""Ways to read what is not theirs: keys, other processes, other runs, the user's files."""

from tests.abuse.attack import Attack

_EVERYWHERE = """
for pid in {host.driver, host.victim, os.getppid(), 1, *pids()}:
    %s
"""

ATTACKS = (
    Attack("own_environment", "leak(str(dict(os.environ)).encode())\nleak(read('/proc/self/environ'))"),
    Attack("environment_of_others", _EVERYWHERE % "leak(read(f'/proc/{pid}/environ'))"),
    Attack("arguments_of_others", _EVERYWHERE % "leak(read(f'/proc/{pid}/cmdline'))"),
    Attack("files_through_proc_root", _EVERYWHERE % "leak(read(f'/proc/{pid}/root{host.file}'))"),
    Attack("files_through_proc_cwd", _EVERYWHERE % "leak(read(f'/proc/{pid}/cwd/file'))"),
    Attack(
        "files_through_proc_fd",
        "for pid in (host.victim, host.driver, os.getppid(), 1):\n"
        " for path in glob(f'/proc/{pid}/fd/*'):\n"
        "  kind = attempt(os.stat, path)\n"
        "  if kind and kind.st_mode >> 12 == 8 and kind.st_size < 200: leak(read(path))",
    ),
    Attack(
        "memory_of_another_process",
        """
def look():
    memory = os.open(f"/proc/{host.victim}/mem", os.O_RDONLY)
    return os.pread(memory, 200, host.victim_address)
leak(attempt(look))
""",
    ),
    Attack(
        "process_vm_readv",
        """
class Piece(ctypes.Structure): _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
room = ctypes.create_string_buffer(200)
ours, theirs = Piece(ctypes.addressof(room), 60), Piece(host.victim_address, 60)
print(call("process_vm_readv", host.victim, ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0))
leak(room.raw)
""",
    ),
    Attack(
        "memory_of_the_driver",
        """
for pid in (host.driver, os.getppid()):
    for name in ("environ", "mem", "maps"):
        file = attempt(os.open, f"/proc/{pid}/{name}", os.O_RDONLY)
        if file is None: continue
        if name == "mem" or attempt(os.read, file, 1): escaped("opened", name, "of", pid)
""",
    ),
    Attack(
        "descriptor_of_another_process",
        """
opened = attempt(os.pidfd_open, host.victim)
if opened is not None:
    taken = call("pidfd_getfd", opened, host.victim_descriptor, 0)
    if taken >= 0: leak(os.pread(taken, 200, 0))
""",
    ),
    Attack("inherited_descriptors", "for number in range(3, 1024):\n leak(attempt(os.pread, number, 200, 0))"),
    Attack("file_of_the_host", "leak(read(host.file))"),
    Attack("ssh_key", "leak(read(host.ssh_key))"),
    Attack(
        "home_of_the_user",
        "for path in host.home_files:\n if read(path): escaped('read', path)",
        not_bare="the home may hold no files",
    ),
    Attack("results_of_another_run", "leak(read(host.other_run))"),
    Attack("shared_memory_of_the_host", "for path in glob('/dev/shm/planted-*'): leak(read(path))"),
    Attack("temporary_files_of_the_host", "for path in glob('/tmp/planted-*'): leak(read(path))"),
    Attack("dot_dot", "leak(read('../../room/file'))\nleak(read('x/../' * 3 + '/proc/self/cwd/../../room/file'))"),
    Attack(
        "symlink_to_a_file",
        "os.symlink(host.file, 'near')\nos.symlink(os.path.dirname(host.file), 'room')\n"
        "leak(read('near'))\nleak(read('room/file'))",
    ),
    Attack(
        "hard_link_to_a_file",
        "attempt(os.link, host.file, 'near')\nif os.path.exists('near'): leak(read('near'))",
    ),
    Attack(
        "password_file",
        """
import hashlib
if hashlib.sha256(read("/etc/shadow") or b"").hexdigest() == host.shadow: escaped("read /etc/shadow")
""",
        for_root=True,
    ),
    Attack(
        "open_by_handle",
        """
handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0), 8 + 128)
mount = ctypes.c_int()
if call("name_to_handle_at", -100, b"/", handle, ctypes.byref(mount), 0) >= 0:
    top = os.open("/", os.O_RDONLY)
    if (opened := call("open_by_handle_at", top, handle, os.O_RDONLY)) >= 0: escaped("opened by handle", opened)
""",
        for_root=True,
    ),
    Attack(
        "kernel_log",
        """
room = ctypes.create_string_buffer(4096)
if call("syslog", 3, room, 4096) >= 0: escaped("syslog")
for path in ("/dev/kmsg", "/proc/kmsg"):
    if attempt(os.open, path, os.O_RDONLY | os.O_NONBLOCK): escaped(path)
""",
        for_root=True,
    ),
)
