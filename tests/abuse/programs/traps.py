"""What one run leaves, or has, and how another looks for it; and traps in results for whoever reads them."""

_NAMES = """
key = int(host.first, 16) & 0x7fffffff
places = [os.environ.get("HOME", "/"), os.environ.get("TMPDIR", "/tmp"), "/tmp", "/var/tmp", "/dev/shm", "/run", "/"]
"""
RESIDENT = (
    _NAMES
    + """
import threading
for place in places:
    attempt(lambda: open(f"{place}/left-{host.first}", "w").write(host.left))
for name, given in (("shmget", (key, 4096, 0o1666)), ("semget", (key, 1, 0o1666)), ("msgget", (key, 0o1666))):
    print(name, call(name, *given))
doors = [attempt(lambda: socket.socket(socket.AF_UNIX)), attempt(lambda: socket.socket())]
if doors[0] is not None: attempt(doors[0].bind, f"\\0left-{host.first}"); attempt(doors[0].listen)
if doors[1] is not None: attempt(doors[1].bind, ("127.0.0.1", host.port)); attempt(doors[1].listen)
if os.fork() == 0:
    os.setsid()
    for number in (1, 2, 15): signal.signal(number, signal.SIG_IGN)
    time.sleep(600); os._exit(0)
open("ready.part", "w").write(str(os.getpid()))
os.rename("ready.part", "ready")
if host.stays: time.sleep(600)
"""
)
LOOKS = {
    "files": _NAMES + "for place in places:\n leak(read(f'{place}/left-{host.first}'))",
    "kernel_objects": _NAMES
    + "for name, given in (('shmget', (key, 0, 0)), ('semget', (key, 0, 0)), ('msgget', (key, 0))):\n"
    " if call(name, *given) >= 0: escaped(name)",
    "sockets": """
for family, address in ((socket.AF_UNIX, f"\\0left-{host.first}"), (socket.AF_INET, ("127.0.0.1", host.port))):
    def reach():
        with socket.socket(family) as door: door.settimeout(1); door.connect(address); return True
    if attempt(reach): escaped("reached", address)
""",
    "processes": """
for pid in pids():
    arguments = read(f"/proc/{pid}/cmdline") or b""
    if host.first.encode() in arguments and host.token.encode() not in arguments:
        escaped("saw process", pid)
    leak(read(f"/proc/{pid}/environ"))
""",
    "working_folder": """
leak(read(f"{host.first_work}/note"))
attempt(lambda: open(f"{host.first_work}/abuse", "w").close())
if attempt(os.listdir, host.first_work): escaped("listed", host.first_work)
""",
    "signals": """
def strike(pid):
    held = os.pidfd_open(pid)
    arguments = (read(f"/proc/{pid}/cmdline") or b"").split(b"\\0")
    if arguments[-2:] == [host.first.encode(), b""]: signal.pidfd_send_signal(held, 9); print("struck", pid)
    os.close(held)
def strike_blindly(): os.kill(host.first_pid, 9); print("struck", host.first_pid)
if host.first_pid: attempt(strike_blindly)
for pid in pids(): attempt(strike, pid)
""",
}

_GOOD = "\n(out / 'result.json').write_text(json.dumps({'score': 1}))\n"
RESULTS = {
    "symlink_for_a_result": "(out / 'result.json').symlink_to(secret)",
    "symlink_beside_a_result": _GOOD + "(out / 'more').symlink_to('/etc')",
    "fifo_for_a_result": "os.mkfifo(out / 'result.json')",
    "fifo_beside_a_result": _GOOD + "os.mkfifo(out / 'more')",
    "socket_beside_a_result": _GOOD + "import socket\nos.chdir(out)\nsocket.socket(socket.AF_UNIX).bind('more')",
    "hard_link_to_a_file": _GOOD
    + "try: os.link(secret, out / 'more')\nexcept OSError: os.link(out / 'result.json', out / 'more')",
    "deep_json": "(out / 'result.json').write_text('[' * 200_000)",
    "huge_json": "(out / 'result.json').write_text('{\"score\": 1, \"x\": \"' + 'x' * 7_000_000 + '\"}')",
    "huge_number": "(out / 'result.json').write_text('{\"score\": ' + '9' * 5000 + '}')",
    "npz_bomb": """
import zipfile
head = b"\\x93NUMPY\\x01\\x00" + (118).to_bytes(2, "little")
head += b"{'descr': '|u1', 'fortran_order': False, 'shape': (4000000000,), }".ljust(117) + b"\\n"
with zipfile.ZipFile(out / "result.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
    with file.open("score.npy", "w", force_zip64=True) as member:
        member.write(head)
        for _ in range(1500): member.write(bytes(1 << 20))
""",
    "pickle": """
import pickle, numpy
class Bite:
    def __reduce__(self): return os.system, (f"touch {bitten}",)
(out / "result.pkl").write_bytes(pickle.dumps(Bite()))
numpy.savez(out / "result.npz", score=numpy.array([Bite()], dtype=object))
""",
    "deep_folders": _GOOD + "os.chdir(out)\nfor _ in range(1200): os.mkdir('d'); os.chdir('d')",
    "unreadable_results": _GOOD + "os.chmod(out / 'result.json', 0)\nos.mkdir(out / 'closed', 0)",
    "odd_names": _GOOD + "open(os.fsencode(out) + b'/\\xff\\n\\x1b[2J', 'w').close()",
    "thousands_of_results": _GOOD + "for n in range(3000): (out / str(n)).touch()",
    "replaced_folder": _GOOD + "import shutil\n"
    "try: shutil.move(out, out.parent / 'moved'); out.symlink_to('/etc')\nexcept OSError: out.chmod(0)",
}
CHEATS = {
    "edits_the_evaluator": "try: (top / 'evaluate.py').write_text('import pathlib')\nexcept OSError: print('refused')"
    + _GOOD,
    "replaces_the_evaluator": """
try:
    (out / "better.py").write_text("")
    os.replace(out / "better.py", top / "evaluate.py")
except OSError: print("refused")
(out / "better.py").unlink(missing_ok=True)
"""
    + _GOOD,
    "adds_a_module_beside_the_evaluator": "try: (top / 'json.py').write_text('')\nexcept OSError: print('refused')"
    + _GOOD,
    "fakes_metrics": """
for folder in (out, out.parent, out.parent / "evaluation", top):
    try: (folder / "metrics.json").write_text('{"score": 99, "loss": 0}')
    except OSError: print("refused")
"""
    + _GOOD,
    "fakes_metrics_later": """
import time
if os.fork() == 0:
    os.setsid()
    for _ in range(100):
        time.sleep(0.05)
        try: (out.parent / "evaluation" / "metrics.json").write_text('{"score": 99, "loss": 0}')
        except OSError: pass
    os._exit(0)
"""
    + _GOOD,
    "renames_the_seed": """
sys.argv[sys.argv.index("--seed") + 1] = "12"
for path in (out.parent / "config.json", pathlib.Path(__file__)):
    try: path.write_text('{"rate": 9, "seed": 12}')
    except OSError: print("refused")
(out / "result.json").write_text(json.dumps({"score": 1, "seed": 12}))
""",
    "forges_the_seal": "try: (out.parent / 'evaluation' / 'sealed.json').write_text('{}')\n"
    "except OSError: print('refused')" + _GOOD,
    "poisons_python": """
for folder in {os.path.dirname(json.__file__), *sys.path[1:]}:
    try: pathlib.Path(folder, "abuse-of-python.pth").touch()
    except OSError: print("refused")
    else: os.remove(f"{folder}/abuse-of-python.pth"); raise SystemExit("could write " + folder)
"""
    + _GOOD,
}
