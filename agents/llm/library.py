"""LiteLLM, loaded when it is first needed: with its own price list, and its chatter off."""

import gc
import importlib
import os
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import Any


@cache
def load_litellm() -> Any:
    """The litellm module. Importing it takes seconds, so only a call does; no price list is fetched from a network."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    with _uncollected():
        module = importlib.import_module("litellm")
    vars(module).update(suppress_debug_info=True, telemetry=False, drop_params=True)
    with warnings.catch_warnings():  # its records are built on first use, and warn of one another
        warnings.simplefilter("ignore")
        module.ModelResponse(choices=[{"message": {"role": "assistant", "content": ""}}])
    return module


@contextmanager
def _uncollected() -> Generator[None]:
    """Half a million objects come to stay: looking for garbage among them takes a quarter of the time."""
    is_collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if is_collecting:
            gc.enable()
