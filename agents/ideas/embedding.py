"""Meaning of texts as vectors, by a model that ships in a package: no download, no network, the same on every machine.

WordLlama (MIT): one vector per token, taken from the input table of a large language model and trained by contrast. Its
files are read as they lie; its own loader would look for the tokenizer on the network.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]
Embed: TypeAlias = Callable[[Sequence[str]], Vectors]
LONGEST_TEXT = 4000
"""Characters of a text that are read."""
_WEIGHTS = Path("weights") / "l2_supercat_256.safetensors"
_TOKENS = Path("tokenizers") / "l2_supercat_tokenizer_config.json"


def find_embedding() -> Embed | None:
    """`embed` where the extra `embeddings` is installed, else None. Loads nothing yet."""
    return embed if _folder() is not None else None


def embed(texts: Sequence[str]) -> Vectors:
    """Return (n, d) vectors of unit length, the mean of their tokens'; that of a text without tokens is zero."""
    tokenizer, table = _load()
    encoded = tokenizer.encode_batch([text[:LONGEST_TEXT] for text in texts], add_special_tokens=False)
    vectors = np.zeros((len(texts), table.shape[1]), dtype=np.float32)
    for place, tokens in enumerate(encoded):
        if tokens.ids:
            vectors[place] = table[tokens.ids].mean(axis=0, dtype=np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1.0).astype(np.float32)


@lru_cache(maxsize=1)
def _load() -> tuple[Any, NDArray[np.float16]]:
    """The tokenizer and the table of token vectors, once per process: 0.1 s and 16 MB."""
    from safetensors import numpy as stored
    from tokenizers import Tokenizer

    folder = _folder()
    if folder is None:
        raise RuntimeError("the extra 'embeddings' is not installed; ask find_embedding first")
    tokenizer: Any = Tokenizer.from_file(str(folder / _TOKENS))
    tokenizer.no_padding()
    return tokenizer, stored.load_file(folder / _WEIGHTS)["embedding.weight"]


@lru_cache(maxsize=1)
def _folder() -> Path | None:
    spec = find_spec("wordllama")
    places = (spec.submodule_search_locations or ()) if spec else ()
    folders = (Path(place) for place in places)
    return next((folder for folder in folders if (folder / _WEIGHTS).is_file() and (folder / _TOKENS).is_file()), None)
