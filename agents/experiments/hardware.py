"""The machine and the software that a study ran on, as its paper reports them."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from agents.executors.slots import count_cpus, count_memory_mb, find_gpus
from agents.experiments.evidence import Hardware

PACKAGES = ("numpy", "scipy", "scikit-learn", "torch")
"""What experiments may lean on; a paper names the version of each that is installed."""


def describe_hardware() -> Hardware:
    """Cores and memory that this process may use, GPUs that the driver lists."""
    return Hardware(cpus=count_cpus(), memory_gb=count_memory_mb() / 1024, gpus=len(find_gpus(os.environ)))


def installed_versions() -> dict[str, str]:
    """Versions of Python and of the packages that are there, by name."""
    found = {"Python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
