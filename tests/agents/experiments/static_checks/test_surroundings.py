"""What a program reaches for outside of itself."""

import pytest

from agents.experiments.static_checks import CodeContext
from tests.agents.experiments.static_checks.programs import CONTEXT, check, found


@pytest.mark.parametrize(
    "lines",
    ["import no_such_package", "from no_such_package.deep import thing", "import agents.settings",
     "def run():\n    import no_such_package as n"],
)  # fmt: skip
def test_a_package_that_is_not_there_is_refused(lines: str) -> None:
    assert found(lines) == [("missing-package", "refuse")]


@pytest.mark.parametrize(
    "lines",
    ["import torch.nn as nn", "from sklearn.svm import SVC", "import zoneinfo, dataclasses", "from data import more",
     "try:\n    import no_such_package\nexcept ImportError:\n    no_such_package = None",
     "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import no_such_package",
     '"""import no_such_package"""', "# import no_such_package", 'text = "import no_such_package"'],
)  # fmt: skip
def test_what_is_there_or_may_be_missing_is_not(lines: str) -> None:
    assert found(lines) == []


def test_of_another_image_nothing_is_known() -> None:
    elsewhere = CONTEXT.model_copy(update={"has_known_packages": False})
    assert found("import no_such_package", elsewhere) == []


@pytest.mark.parametrize(
    "lines",
    ["import socket", "import urllib.request", "from urllib import request", "from http.client import HTTPConnection",
     "import requests", "from sklearn import datasets\nt = datasets.fetch_openml('x')",
     "import torch\nm = torch.hub.load('a', 'b')", "import pandas as pd\nt = pd.read_csv('https://x.org/t.csv')",
     "import torchvision\nd = torchvision.datasets.MNIST('.', download=True)"],
)  # fmt: skip
def test_the_network_is_refused(lines: str) -> None:
    faults = found(lines, CONTEXT.model_copy(update={"has_known_packages": False}))
    assert faults == [("network", "refuse")]


@pytest.mark.parametrize(
    "lines",
    ["from urllib.parse import quote", "requests = []\nrequests.append(1)", "print('see https://x.org/paper')",
     "socket = 1", "def fetch(url='https://x.org'): return url", "model.fit(x, download=False)"],
)  # fmt: skip
def test_what_only_sounds_like_the_network_is_not(lines: str) -> None:
    assert found(lines) == []


@pytest.mark.parametrize(
    "lines",
    ["import subprocess", "import os\nos.system('ls')", "import os\npid = os.fork()", "import ctypes",
     "from os import popen", "from subprocess import run as go", "import os as o\no.execv('a', [])"],
)  # fmt: skip
def test_other_processes_are_refused(lines: str) -> None:
    assert found(lines) == [("process", "refuse")]


@pytest.mark.parametrize(
    "lines",
    ["import os\nos.environ.setdefault('A', 'b')", "import os.path", "system = 3\nsystem", "'''os.system(1)'''"],
)
def test_ordinary_use_of_the_system_is_not(lines: str) -> None:
    assert found(lines) == []


@pytest.mark.parametrize(
    "lines",
    ["import pickle\npickle.load(f)", "import torch\ntorch.load('m.pt')", "import joblib\njoblib.load('m')",
     "np.load('a.npy', allow_pickle=True)"],
)  # fmt: skip
def test_unpickling_is_warned_of(lines: str) -> None:
    assert found(lines) == [("foreign-pickle", "warn")]


@pytest.mark.parametrize("lines", ["np.load('a.npy')", "np.save('a', a, allow_pickle=False)", "json.load(f)"])
def test_plain_files_are_not(lines: str) -> None:
    assert found(lines) == []


@pytest.mark.parametrize(
    "lines", ["time.sleep(5)", "from time import sleep\nsleep(1)", "import time as t\nt.sleep(0.1)"]
)
def test_waiting_is_refused(lines: str) -> None:
    assert found(lines) == [("padding", "refuse")]


@pytest.mark.parametrize(
    "lines", ["start = time.monotonic()", "clock.sleep(1)", "# time.sleep(5)\nx = 'time.sleep(5)'"]
)
def test_measuring_time_is_not(lines: str) -> None:
    assert found(lines) == []


def test_a_fault_says_where_it_is_and_what_to_do() -> None:
    (fault,) = check("x = 1\ntime.sleep(5)")
    assert str(fault) == "line 12: waits with time.sleep; take it out, shorter is fine [padding]"


def test_a_context_refuses_fields_that_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="Extra inputs"):
        CodeContext.model_validate({"metrics": [], "labels": []})
