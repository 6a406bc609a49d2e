"""The machine and the software that a study ran on, as its paper reports them."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version

import psutil

from agents.executors.slots import count_cpus, find_gpus
from agents.experiments.evidence import Hardware

PACKAGES = ("numpy", "scipy", "scikit-learn", "torch")
"""What experiments may lean on; a paper names the version of each that is installed."""


def describe_hardware() -> Hardware:
    """Cores that this process may use, memory of the machine, GPUs that the driver lists."""
    memory_gb = psutil.virtual_memory().total / 2**30
    return Hardware(cpus=count_cpus(), memory_gb=memory_gb, gpus=len(find_gpus(os.environ)))


def installed_versions() -> dict[str, str]:
    """Versions of Python and of the packages that are there, by name."""
    found = {"Python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
