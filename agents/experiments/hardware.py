"""The machine that a study ran on, as its paper reports it."""

import shutil
import subprocess

from agents.experiments.evidence import Hardware


def describe_hardware(slots: int) -> Hardware:
    """Cores and memory of this machine, and the GPUs that the driver lists; `slots` experiments ran at once."""
    import psutil

    return Hardware(
        cpus=psutil.cpu_count() or slots,
        memory_gb=psutil.virtual_memory().total / 2**30,
        gpus=len(list_gpus()),
    )


def list_gpus() -> tuple[str, ...]:
    """One line per GPU as `nvidia-smi -L` prints it; none where there is no driver."""
    if shutil.which("nvidia-smi") is None:
        return ()
    listing = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=10, check=False)
    return tuple(line for line in listing.stdout.splitlines() if line.startswith("GPU"))
