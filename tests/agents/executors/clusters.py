"""Clusters on this machine for tests: a Ray cluster of several nodes, a SLURM site of one."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil
import pytest

_SLURM_CONF = """
ClusterName=naturalist
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={site}/munge/socket
CredType=cred/munge
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation={site}/state
SlurmdSpoolDir={site}/spool
SlurmctldPidFile={site}/slurmctld.pid
SlurmdPidFile={site}/slurmd.pid
SlurmctldLogFile={site}/slurmctld.log
SlurmdLogFile={site}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=1,sched_interval=1
ReturnToService=2
MpiDefault=none
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


@contextmanager
def ray_cluster(*cpus: int) -> Generator[Any]:
    """A Ray cluster with one node for each number of CPUs, the head first."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'naturalist[ray]'")
    tools: Any = import_module("ray.cluster_utils")
    given = {"object_store_memory": 80 * 2**20}
    head = {"num_cpus": cpus[0], "include_dashboard": False, **given}
    cluster = tools.Cluster(initialize_head=True, head_node_args=head)
    try:
        for number in cpus[1:]:
            cluster.add_node(num_cpus=number, **given)
        yield cluster
    finally:
        cluster.shutdown()


@contextmanager
def slurm_site(site: Path) -> Generator[None]:
    """A SLURM of one node with two CPUs, from Debian's packages; its commands find it by SLURM_CONF."""
    _install_slurm()
    _write_site(site)
    before = os.environ.get("SLURM_CONF")
    os.environ["SLURM_CONF"] = str(site / "slurm.conf")
    try:
        _start_site(site)
        yield
    finally:
        for name in ("slurmd.pid", "slurmctld.pid", "munge/pid"):
            _end(site / name)
        _end_rest(site)
        os.environ.pop("SLURM_CONF")
        if before is not None:
            os.environ["SLURM_CONF"] = before


def _install_slurm() -> None:
    if os.getuid() != 0:
        pytest.skip("a SLURM of our own needs root")
    if shutil.which("slurmctld") is None:
        if shutil.which("apt-get") is None:
            pytest.skip("SLURM is not installed, and there is no apt-get to install it by")
        install = ["apt-get", "install", "-y", "--no-install-recommends", "slurm-wlm", "munge"]
        if subprocess.run(install, capture_output=True).returncode != 0:
            pytest.skip("apt-get could not install slurm-wlm and munge")


def _write_site(site: Path) -> None:
    for name in ("state", "spool", "munge"):
        (site / name).mkdir(parents=True)
    (site / "munge").chmod(0o700)
    (site / "munge" / "key").write_bytes(os.urandom(64))
    (site / "munge" / "key").chmod(0o400)
    host = socket.gethostname().split(".")[0]
    (site / "slurm.conf").write_text(_SLURM_CONF.format(site=site, host=host))


def _start_site(site: Path) -> None:
    files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
    munge = [f"--{option}={site}/munge/{name}" for option, name in files.items()]
    for argv in (["munged", "--force", *munge], ["slurmctld", "-c"], ["slurmd"]):
        subprocess.run(argv, check=True, capture_output=True)
    deadline = time.monotonic() + 60
    while "idle" not in subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True).stdout:
        assert time.monotonic() < deadline, (site / "slurmctld.log").read_text()[-2000:]
        time.sleep(0.5)


def _end(pid_file: Path) -> None:
    if pid_file.exists():
        os.kill(int(pid_file.read_text()), signal.SIGTERM)


def _end_rest(site: Path) -> None:
    """SLURM's own processes of this site, and of no other, that wait for one another."""
    time.sleep(1)
    for process in psutil.process_iter(["name"]):
        if process.info["name"] in ("slurmd", "slurmstepd", "slurmctld"):
            with suppress(psutil.Error):
                if process.environ().get("SLURM_CONF") == str(site / "slurm.conf"):
                    process.kill()
