"""Ways to take more than was given: processes, threads, memory in all its forms, disk, output, time.

Each takes a few hundred MB or a thousand processes at most, so that a sandbox that fails does not
take the machine along.
"""

from tests.abuse.attack import Attack

_HOLD = "time.sleep(3)\nescaped('held it for three seconds')\n"
_MEMORY = {"memory_mb": 150, "wall_s": 20}
_DISK = {"disk_mb": 8, "wall_s": 20}
_SMALL_OUTPUT = {"output_mb": 1, "wall_s": 20}
_TOUCHED = "def take(mb): return bytearray(b'x') * (mb << 20)\n"
_FILL = """
def fill(folder, mb=200):
    # Through whatever stands there: 2 MB a file, below any limit on the size of one.
    for number in range(mb // 2):
        with open(f"{folder}/abuse-{host.token}-{number}", "wb") as file: file.write(b"x" * (2 << 20))
    return True
"""
_TOO_DANGEROUS = "it would hurt the machine"

ATTACKS = (
    Attack(
        "fork_bomb",
        "for _ in range(1500):\n if os.fork() == 0: time.sleep(10); os._exit(0)\n" + _HOLD,
        not_bare=_TOO_DANGEROUS,
        limits={"wall_s": 20},
    ),
    Attack(
        "thread_bomb",
        "import threading, _thread\nthreading.stack_size(65536)\n"
        "for _ in range(1500): _thread.start_new_thread(time.sleep, (10,))\n" + _HOLD,
        not_bare=_TOO_DANGEROUS,
        limits={"wall_s": 20},
    ),
    Attack("memory", _TOUCHED + "kept = [take(20) for _ in range(20)]\n" + _HOLD, ends=("oom",), limits=_MEMORY),
    Attack("memory_in_one_leap", _TOUCHED + "kept = take(400)\n" + _HOLD, ends=("oom",), limits=_MEMORY),
    Attack(
        "memory_spread_over_children",
        _TOUCHED
        + """
for _ in range(8):
    if os.fork() == 0: kept = take(50); time.sleep(6); os._exit(0)
time.sleep(5)
if not any(os.waitpid(-1, 0)[1] for _ in range(8)): escaped("all of them held it")
""",
        limits=_MEMORY,
    ),
    Attack(
        "memory_of_shared_mappings",
        "kept = [mmap.mmap(-1, 20 << 20) for _ in range(20)]\nfor piece in kept: piece.write(b'x' * len(piece))\n"
        + _HOLD,
        limits=_MEMORY,
    ),
    Attack(
        "memory_of_files_without_a_name",
        "for number in range(20):\n file = os.memfd_create(str(number))\n os.write(file, b'x' * (20 << 20))\n" + _HOLD,
        limits=_MEMORY,
    ),
    Attack(
        "memory_of_unattached_segments",
        """
libc.syscall.restype = ctypes.c_long
kept = []
try:
    for number in range(20):
        kept.append(call("shmget", 0, 20 << 20, 0o1600))
        place = call("shmat", kept[-1], None, 0) if kept[-1] >= 0 else -1
        if place <= 0: print("refused", kept[-1], place); break
        ctypes.memset(place, 120, 20 << 20)
        call("shmdt", ctypes.c_void_p(place))
    else:
        time.sleep(3)
        escaped("held it for three seconds")
finally:
    for segment in kept: call("shmctl", segment, 0, None)
""",
        limits=_MEMORY,
    ),
    Attack(
        "memory_of_socket_buffers",
        """
def fill():
    # What is sent and never received is the kernel's to keep; 400 descriptors a process, in six processes.
    sent, kept = 0, []
    for _ in range(200):
        kept += (ends := socket.socketpair())
        for end in ends:
            end.setblocking(False)
            try:
                while True: sent += end.send(b"x" * 32768)
            except BlockingIOError: pass
    return sent >> 20, kept
for _ in range(6):
    if os.fork() == 0: kept = attempt(fill); print(kept and kept[0], "MB"); time.sleep(6); os._exit(not kept)
time.sleep(5)
if not any(os.waitpid(-1, 0)[1] for _ in range(6)): escaped("held it for three seconds")
""",
        limits=_MEMORY,
    ),
    Attack(
        "flood_of_temporary_files",
        _FILL
        + """
import tempfile
for folder in (tempfile.gettempdir(), "/tmp", "/var/tmp", os.environ.get("HOME", "/"), "/run", "/dev"):
    if attempt(fill, folder): time.sleep(2); escaped("filled", folder)
""",
        limits={**_MEMORY, **_DISK},
    ),
    Attack(
        "flood_of_shared_memory_files",
        _FILL + "if attempt(fill, '/dev/shm'): time.sleep(2); escaped('filled /dev/shm')",
        limits={**_MEMORY, **_DISK},
    ),
    Attack(
        "huge_file",
        "with open('big', 'wb') as file:\n for _ in range(200): file.write(b'x' * (1 << 20))\n" + _HOLD,
        ends=("disk",),
        limits=_DISK,
    ),
    Attack(
        "sparse_file",
        "attempt(os.truncate, os.open('big', os.O_CREAT | os.O_WRONLY), 1 << 40)\n"
        "if os.path.getsize('big') > 1 << 30: escaped('a terabyte in name')",
        limits=_DISK,
    ),
    Attack("many_files", _FILL + "fill('.')\n" + _HOLD, ends=("disk",), limits=_DISK),
    Attack(
        "files_deeper_than_a_path_can_say",
        _FILL + "for _ in range(30): os.mkdir('d' * 200); os.chdir('d' * 200)\nfill('.', 100)\n" + _HOLD,
        ends=("disk",),
        limits=_DISK,
    ),
    Attack(
        "folders_deeper_than_a_stack",
        """
for place in (os.getcwd(), os.environ["TMPDIR"]):
    os.chdir(place)
    for _ in range(1500): os.mkdir("d"); os.chdir("d")
""",
        limits=_DISK,
        not_bare="it is a trap for who removes them",
    ),
    Attack(
        "inode_flood",
        "for folder in range(20):\n os.mkdir(str(folder))\n"
        " for number in range(1000): os.close(os.open(f'{folder}/{number}', os.O_CREAT))\n" + _HOLD,
        limits={**_DISK, "disk_mb": 2},
    ),
    Attack(
        "flood_of_output",
        "for _ in range(20): sys.stdout.write('x' * (1 << 20) + '\\n')",
        ends=("ok",),
        limits=_SMALL_OUTPUT,
    ),
    Attack(
        "flood_of_errors",
        "for _ in range(20): sys.stderr.write('x' * (1 << 20) + '\\n')",
        ends=("ok",),
        limits=_SMALL_OUTPUT,
    ),
    Attack(
        "flood_of_bytes_without_a_line",
        "block = bytes(range(256)).replace(b'\\n', b'') * 4096\nfor _ in range(20): sys.stdout.buffer.write(block)",
        ends=("ok",),
        limits=_SMALL_OUTPUT,
    ),
    Attack(
        "terminal_escapes",
        "sys.stderr.write('\\x1b]0;title\\x07\\x1b[2J\\x1b[31mred\\x9b31m\\x08\\x00 ' * 9)\nraise SystemExit(3)",
        ends=("crash",),
        not_bare="a bare subprocess has no detail to spoil",
    ),
    Attack(
        "endless_loop",
        "for number in (1, 2, 3, 15, 24, 25): signal.signal(number, signal.SIG_IGN)\nwhile True: pass",
        ends=("timeout",),
        limits={"wall_s": 4},
        not_bare="a wall clock is enough for a program that is one process",
    ),
    Attack(
        "silence_with_closed_streams",
        "for number in (0, 1, 2): os.close(number)\nwhile True: time.sleep(1)",
        ends=("timeout",),
        limits={"wall_s": 4},
        not_bare="a wall clock is enough for a program that is one process",
    ),
)
