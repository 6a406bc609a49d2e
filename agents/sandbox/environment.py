"""The environment that a sandboxed command sees: an allow-list, nothing of the driver's."""

import os
import sys
from pathlib import Path

MARKER = "NATURALIST_RUN_ID"
"""Names the driver and working folder of a command, in every process it starts; see strays.py."""
_SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def clean_environment(given: dict[str, str], scratch: Path, marker: str) -> dict[str, str]:
    """Everything a command needs and no more; `given` has the last word, but for the marker.

    HOME and TMPDIR are `scratch`. No GPU is visible unless `given` names one; one thread unless it says otherwise.
    """
    interpreter = str(Path(sys.executable).parent)
    return {
        "PATH": os.pathsep.join((interpreter, _SEARCH_PATH)),
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",  # what a killed program printed is not lost
        "MPLBACKEND": "Agg",
        "CUDA_VISIBLE_DEVICES": "",
        **dict.fromkeys(_THREADS, "1"),
        **given,
        MARKER: marker,
    }
