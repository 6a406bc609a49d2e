"""The character template: a language that never changes, hidden characters that stay hidden, an evaluator that refuses
what is no prediction, and experiments that repeat to the bit."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.schema import Config, Template
from agents.slots import config_knobs, experiment_source, fill_slots
from templates import find_template
from tests.templates.loading import load_module

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "char_transformer"


EVALUATE, GRAMMAR = (load_module(FOLDER / name, FOLDER) for name in ("evaluate.py", "grammar.py"))
TEMPLATE: Template = find_template("char_transformer")
ROWS, COLUMNS = sum(GRAMMAR.PROBES.values()), len(GRAMMAR.SYMBOLS)


@pytest.fixture
def make_experiment(tmp_path: Path) -> Any:
    """Load experiment.py with some knobs changed; returns the module and its configuration."""
    pytest.importorskip("torch")

    def make(**changes: Any) -> tuple[Any, Config]:
        config: Config = {**TEMPLATE.baseline, **changes}
        path = tmp_path / "experiment.py"
        path.write_text(fill_slots(TEMPLATE, experiment_source(TEMPLATE), config))
        return load_module(path, FOLDER), config_knobs(TEMPLATE, config)

    return make


def test_text_is_the_same_on_every_machine() -> None:
    text = GRAMMAR.write_text(1, 10_000)
    assert set(text) == set(GRAMMAR.SYMBOLS)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "f663e0513982650c"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**9))
def test_brackets_nest_and_marks_stand_where_grammar_decides(seed: int) -> None:
    writer = GRAMMAR.Writer(seed)
    for _ in range(5):
        writer.paragraph()
    text, still_open = "".join(writer.pieces), []
    closing: list[int] = []
    for place, symbol in enumerate(text):
        if symbol in "([{":
            still_open.append(symbol)
        elif symbol in ")]}":
            assert still_open.pop() + symbol in GRAMMAR.BRACKETS
            closing.append(place)
    assert not still_open
    assert writer.marks["bracket"] == closing
    rivals = EVALUATE.RIVALS["agreement"]
    assert all(text[mark] in rivals[text[mark - 1]] for mark in writer.marks["agreement"])


@pytest.mark.parametrize("split", GRAMMAR.SPLITS)
@pytest.mark.parametrize("probe", GRAMMAR.PROBES)
def test_no_window_shows_what_another_hides(split: str, probe: str) -> None:
    count = GRAMMAR.PROBES[probe]
    _, places = GRAMMAR.place_windows(GRAMMAR.held_out_seed(split, probe), probe, count)
    assert len(places) == count
    gaps = np.diff([0, *places])
    assert gaps.min() > GRAMMAR.WINDOW


def test_splits_and_probes_come_from_different_texts() -> None:
    seeds = [GRAMMAR.held_out_seed(split, probe) for split in GRAMMAR.SPLITS for probe in GRAMMAR.PROBES]
    assert len(set(seeds)) == len(seeds)
    assert max(seeds) < 1_000_000


def write_predictions(folder: Path, array: Any) -> Path:
    np.save(folder / "search.npy", array)
    return folder / "search.npy"


def uniform() -> Any:
    return np.full((ROWS, COLUMNS), -np.log(COLUMNS), dtype=np.float32)


def oracle(split: str, sharpness: float) -> Any:
    logits = np.zeros((ROWS, COLUMNS))
    hidden = [symbol for probe in GRAMMAR.PROBES for _, symbol in EVALUATE.hidden_characters(split, probe)]
    logits[np.arange(ROWS), [GRAMMAR.SYMBOLS.index(symbol) for symbol in hidden]] = sharpness
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def test_knowing_nothing_costs_the_logarithm_of_the_alphabet(tmp_path: Path) -> None:
    metrics = EVALUATE.measure(EVALUATE.read_predictions(write_predictions(tmp_path, uniform())), "search")
    assert metrics["bits_per_character"] == pytest.approx(np.log2(COLUMNS))
    assert metrics["bracket_accuracy"] == metrics["agreement_accuracy"] == 0.0  # a tie decides nothing


def test_knowing_all_costs_nothing() -> None:
    metrics = EVALUATE.measure(oracle("confirm", 50.0), "confirm")
    assert metrics["bits_per_character"] == pytest.approx(0.0, abs=1e-6)
    assert metrics["bracket_accuracy"] == metrics["agreement_accuracy"] == 1.0


def test_answers_of_one_split_are_no_use_on_the_other() -> None:
    assert EVALUATE.measure(oracle("search", 50.0), "confirm")["bits_per_character"] > 10


SPOILED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a row short": (lambda logs: logs[1:], "expected floats of shape"),
    "integers": (lambda logs: logs.astype(int), "expected floats of shape"),
    "too much in all": (lambda logs: logs + 0.5, "must sum to one"),
    "not a number": (lambda logs: np.where(np.arange(COLUMNS), logs, np.nan), "must be finite"),
    "minus infinity": (lambda logs: np.where(np.arange(COLUMNS), logs, -np.inf), "must be finite"),
    "above one": (lambda logs: np.where(np.arange(COLUMNS), logs, 1.0), "at most zero"),
    "other byte order": (lambda logs: logs.astype(">f8"), "expected floats of shape"),
    "pickled": (lambda logs: logs.astype(object), "expected floats of shape"),
}


@pytest.mark.parametrize("fault", SPOILED)
def test_what_is_no_distribution_is_refused(tmp_path: Path, fault: str) -> None:
    spoil, complaint = SPOILED[fault]
    with pytest.raises(SystemExit, match=complaint):
        EVALUATE.read_predictions(write_predictions(tmp_path, spoil(uniform())))


def test_missing_linked_or_torn_file_is_refused(tmp_path: Path) -> None:
    path, link, second = write_predictions(tmp_path, uniform()), tmp_path / "link.npy", tmp_path / "second.npy"
    link.symlink_to(path)
    for bad, complaint in ((link, "symbolic link"), (tmp_path / "confirm.npy", "No such file")):
        with pytest.raises(SystemExit, match=f"^{bad.name}: .*{complaint}"):
            EVALUATE.read_predictions(bad)
    os.link(path, second)
    with pytest.raises(SystemExit, match="not a plain file"):
        EVALUATE.read_predictions(path)
    second.unlink()
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(SystemExit, match=r"^search\.npy: "):
        EVALUATE.read_predictions(path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "search.npy")
    with pytest.raises(SystemExit, match="not a plain file"):
        EVALUATE.read_predictions(tmp_path / "search.npy")


@pytest.mark.slow
def test_facts_are_those_of_the_code(make_experiment: Any) -> None:
    module, config = make_experiment()
    parameters = sum(weight.numel() for weight in module.Transformer(config).parameters())
    facts = {name: fact.value for name, fact in TEMPLATE.facts.items()}
    assert facts == {
        "training_characters": module.TRAINING_CHARACTERS,
        "steps": module.STEPS,
        "symbols": COLUMNS,
        "window": GRAMMAR.WINDOW,
        "windows": GRAMMAR.PROBES["text"],
        "probe_windows": GRAMMAR.PROBES["bracket"],
        "parameters": parameters,
    }
    assert GRAMMAR.PROBES["agreement"] == GRAMMAR.PROBES["bracket"]


CHOICES = [(knob.name, value) for knob in TEMPLATE.knobs for value in knob.values if value != knob.default]


@pytest.mark.slow
@pytest.mark.parametrize(("knob", "value"), CHOICES)
def test_every_level_trains_causally_and_differs_from_the_default(knob: str, value: Any, make_experiment: Any) -> None:
    import torch

    def train(**changes: Any) -> tuple[Any, list[float], Any]:
        module, config = make_experiment(**changes)
        module.choose_device()
        torch.manual_seed(0)
        text = module.encode([GRAMMAR.write_text(5, 2000)])[0]
        model = module.Transformer(config)
        losses = module.train(model, text, config, 4)
        return model, losses, text[: int(config["context_length"])][None]

    model, losses, window = train(**{knob: value})
    assert np.isfinite(losses).all()
    assert losses != train()[1]
    model.eval()
    with torch.no_grad():
        whole, start = model(window), model(window[:, :10])
    assert torch.allclose(whole[:, :10], start, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["adamw", "adam"])
@pytest.mark.parametrize("is_tied", [False, True])
def test_the_optimiser_walks_the_same_path_as_torchs(name: str, is_tied: bool, make_experiment: Any) -> None:
    import torch

    module, config = make_experiment(optimizer=name, tied_embeddings=is_tied, weight_decay=0.1)
    torch.manual_seed(0)
    ours, theirs = module.Transformer(config).double(), module.Transformer(config).double()
    theirs.load_state_dict(ours.state_dict())
    text = module.encode([GRAMMAR.write_text(5, 400)])
    matrices = [weight for weight in theirs.parameters() if weight.ndim > 1]
    others = [weight for weight in theirs.parameters() if weight.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}]
    known = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}
    optimizer, reference = module.make_optimizer(ours, config), known[name](groups, betas=(0.9, 0.99))
    for rate in (0.01, 0.02, 0.005, 0.01, 0.01, 0.001):
        optimizer.gradient.zero_()
        reference.zero_grad()
        for group in reference.param_groups:
            group["lr"] = rate
        for model in (ours, theirs):
            model(text[:, :32]).square().sum().backward()
        torch.nn.utils.clip_grad_norm_(theirs.parameters(), 1.0)
        optimizer.step(rate)
        reference.step()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-9, atol=1e-9)


@pytest.mark.slow
def test_a_run_leaves_torchs_compiler_alone(tmp_path: Path) -> None:
    """torch.optim and use_deterministic_algorithms load it: half as long again as the whole training."""
    (tmp_path / "config.json").write_text(json.dumps(config_knobs(TEMPLATE, TEMPLATE.baseline)))
    arguments = ["--out", str(tmp_path), "--seed", "1", "--config", str(tmp_path / "config.json"), "--smoke"]
    code = f"""
import runpy, sys
sys.argv = ["experiment.py", *{arguments}]
sys.path.insert(0, {str(FOLDER)!r})
runpy.run_path({str(FOLDER / "experiment.py")!r}, run_name="__main__")
print(sorted({{"torch._dynamo", "torch._inductor"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_experiment_repeats_to_the_bit_and_is_judged(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config_knobs(TEMPLATE, TEMPLATE.baseline)))
    environment = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1"}
    for name, seed in (("first", 3), ("again", 3), ("other", 4)):
        program = [sys.executable, str(FOLDER / "experiment.py"), "--out", name, "--seed", str(seed)]
        subprocess.run([*program, "--config", "config.json", "--smoke"], cwd=tmp_path, env=environment, check=True)
    for name in ("search.npy", "confirm.npy", "curve.csv"):
        first, again, other = ((tmp_path / run / name).read_bytes() for run in ("first", "again", "other"))
        assert first == again
        assert first != other
    judge = [sys.executable, str(FOLDER / "evaluate.py"), "--artefacts", "first", "--out", "judged"]
    judge += ["--split", "search", "--seed", "3"]
    subprocess.run(judge, cwd=tmp_path, env=environment, check=True)
    metrics = json.loads((tmp_path / "judged" / "metrics.json").read_text())
    assert set(metrics) == {TEMPLATE.metric.name, *(metric.name for metric in TEMPLATE.secondary)}
    assert 1.0 < metrics["bits_per_character"] < np.log2(COLUMNS) + 1
    assert (tmp_path / "first" / "curve.csv").read_text().startswith("x,y\n10,")
