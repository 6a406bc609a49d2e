"""Loading a template's module as the harness runs it: with the fixed modules of its folder at hand."""

import importlib.util
import sys
from pathlib import Path
from typing import Any


def load_module(path: Path, folder: Path) -> Any:
    """Return the module at `path`, which imports the fixed modules of the template in `folder`."""
    spec = importlib.util.spec_from_file_location(f"{folder.name}_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(folder))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
    return module
