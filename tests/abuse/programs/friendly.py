"""What honest experiments do; a sandbox that forbids it is of no use."""

from typing import NamedTuple

_NO_SOCKETS = "no sockets without a network of its own"
_NO_LOCKS = "multiprocessing takes its locks from /dev/shm, which belongs to all"


class Friendly(NamedTuple):
    """`unfit` names the sandboxes in which it cannot run, and why."""

    name: str
    program: str
    unfit: dict[str, str] = {}


PROGRAMS = (
    Friendly(
        "trains_with_torch",
        """
import torch
torch.manual_seed(0)
x = torch.randn(256, 8); y = x.sum(1, keepdim=True)
model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))
rule = torch.optim.Adam(model.parameters(), 0.01)
for _ in range(60):
    rule.zero_grad(); loss = torch.nn.functional.mse_loss(model(x), y); loss.backward(); rule.step()
torch.save(model.state_dict(), "model.pt")
assert loss.item() < 5 and torch.load("model.pt", weights_only=True)
""",
    ),
    Friendly(
        "loads_data_with_two_workers",
        """
import torch
from torch.utils.data import DataLoader, TensorDataset
if __name__ == "__main__":
    loader = DataLoader(TensorDataset(torch.arange(64.0)), batch_size=8, num_workers=2)
    assert sum(batch.sum().item() for (batch,) in loader) == 2016
""",
        {"process": _NO_LOCKS},
    ),
    Friendly(
        "starts_child_processes",
        """
import subprocess, sys, os
assert subprocess.check_output([sys.executable, "-c", "print(6 * 7)"]) == b"42\\n"
assert subprocess.check_output("echo one | tr a-z A-Z", shell=True) == b"ONE\\n"
child = os.fork()
if child == 0: os._exit(5)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5
""",
    ),
    Friendly(
        "computes_in_a_pool",
        """
import multiprocessing, os
from concurrent.futures import ProcessPoolExecutor
with multiprocessing.get_context("fork").Pool(2) as pool: assert pool.map(abs, range(-50, 0)) == list(range(50, 0, -1))
with ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as pool: assert list(pool.map(abs, [-1, -2])) == [1, 2]
""",
        {"process": _NO_LOCKS},
    ),
    Friendly(
        "serves_itself_over_loopback",
        """
import threading, urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
class Answer(BaseHTTPRequestHandler):
    def do_GET(self): self.send_response(200); self.end_headers(); self.wfile.write(b"hello")
server = HTTPServer(("127.0.0.1", 0), Answer)
threading.Thread(target=server.serve_forever, daemon=True).start()
assert urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/", timeout=10).read() == b"hello"
""",
        {"process": _NO_SOCKETS},
    ),
    Friendly(
        "draws_with_matplotlib",
        """
import matplotlib.pyplot as plt
plt.plot([1, 2, 4]); plt.title("text in a font"); plt.savefig("plot.png"); plt.savefig("plot.pdf")
assert open("plot.png", "rb").read(4) == b"\\x89PNG"
""",
    ),
    Friendly(
        "writes_and_renames_results",
        """
import json, os, pathlib, shutil
pathlib.Path("deep/er").mkdir(parents=True)
pathlib.Path("deep/er/a.tmp").write_text(json.dumps({"x": 1}))
os.replace("deep/er/a.tmp", "deep/er/a.json")
os.chmod("deep/er/a.json", 0o644); os.utime("deep/er/a.json", (1, 1))
shutil.copy2("deep/er/a.json", "b.json"); os.link("b.json", "c.json"); os.symlink("b.json", "d.json")
assert os.stat("c.json").st_nlink == 2 and pathlib.Path("d.json").read_text() == '{"x": 1}'
shutil.rmtree("deep"); os.truncate("b.json", 1); os.rename("c.json", "e.json")
""",
    ),
    Friendly(
        "uses_temporary_files",
        """
import os, tempfile, pathlib, sqlite3, fcntl
with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as file:
    file.write(b"x"); pathlib.Path(folder, "y").touch()
    base = sqlite3.connect(f"{folder}/base.db"); base.execute("create table t (x)"); base.commit(); base.close()
pathlib.Path("~/.cache/kept").expanduser().mkdir(parents=True)
with open("lock", "w") as lock: fcntl.flock(lock, fcntl.LOCK_EX)
""",
    ),
    Friendly(
        "runs_threads",
        """
import queue, threading
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool: assert sum(pool.map(lambda n: n * n, range(100))) == 328350
box = queue.Queue(); threading.Timer(0.05, box.put, ["late"]).start(); assert box.get(timeout=10) == "late"
""",
    ),
    Friendly(
        "fits_with_scikit_learn",
        """
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
x, y = load_digits(return_X_y=True)
assert LogisticRegression(max_iter=200).fit(x[:500] / 16, y[:500]).score(x[500:] / 16, y[500:]) > 0.8
np.savez_compressed("kept.npz", x=x); assert np.load("kept.npz")["x"].shape == x.shape
""",
    ),
    Friendly(
        "asks_about_its_machine",
        """
import locale, os, platform, random, socket, time, uuid, zoneinfo, signal
assert os.cpu_count() and platform.platform() and time.localtime() and uuid.uuid4() and os.urandom(8)
assert os.getcwd() and os.listdir(".") is not None and os.path.expanduser("~") and socket.gethostname()
assert open("/proc/self/status").read() and open("/proc/cpuinfo").read() and open("/proc/meminfo").read()
open("/dev/null", "w").write("x"); assert len(open("/dev/urandom", "rb").read(4)) == 4
signal.signal(signal.SIGALRM, lambda *_: None); signal.setitimer(signal.ITIMER_REAL, 0.05); signal.pause()
""",
    ),
)
