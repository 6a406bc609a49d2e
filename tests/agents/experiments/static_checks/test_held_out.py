"""What a program may not read, and what may not stand in for the data."""

import pytest

from tests.agents.experiments.static_checks.programs import MAIN, WITHOUT_DATA, found


@pytest.mark.parametrize(
    "lines",
    ["import evaluate", "from evaluate import measure", "import importlib\ne = importlib.import_module('evaluate')",
     "e = __import__('evaluate')", "text = (Path(__file__).parent / 'evaluate.py').read_text()",
     "exec(open('../template/evaluate.py').read())"],
)  # fmt: skip
def test_the_evaluator_is_refused(lines: str) -> None:
    assert found(lines) == [("evaluator", "refuse")]


@pytest.mark.parametrize(
    "lines",
    ["def evaluate(model): return model", "model.evaluate(x)", "print('evaluate.py measures this')",
     '"""evaluate.py"""\nx = 1', "from sklearn.model_selection import cross_val_score as evaluate"],
)  # fmt: skip
def test_evaluating_oneself_is_not(lines: str) -> None:
    assert found(lines) == []


@pytest.mark.parametrize(
    "lines",
    ["y = labels(rows['confirm'])", "y = data.read_labels('search')", "y = load_targets(split='confirm')",
     "y = targets[rows['search']]", "y = y_true[split == 'confirm']", "y = table.labels['confirm']",
     "def run():\n    for split in ('search', 'confirm'):\n        y = read_labels(split)"],
)  # fmt: skip
def test_labels_of_the_held_out_parts_are_refused(lines: str) -> None:
    assert found(lines) == [("held-out-labels", "refuse")]


@pytest.mark.parametrize(
    "lines",
    ["x = images(rows['confirm'])", "y = labels(rows['pool'])", "np.save('confirm.npy', predict(net, data.confirm))",
     "y = predicted_labels['confirm']", "y = {}\ny['confirm'] = net(x)\nz = y['confirm']",
     "targets = {'search': 's.npy', 'confirm': 'c.npy'}\np = targets['confirm']", "# labels['confirm']",
     "ax.set_xlabel('search')", "loss = cross_entropy(net(x['search']), y)", "def read_labels(path): return path",
     "y = read_labels(training_rows)"],
)  # fmt: skip
def test_inputs_predictions_and_training_labels_are_not(lines: str) -> None:
    assert found(lines) == []


@pytest.mark.parametrize(
    ("lines", "severity"),
    [("from sklearn.datasets import load_digits\nt = load_digits()", "refuse"),
     ("from sklearn import datasets\nt = datasets.load_wine()", "refuse"),
     ("import sklearn.datasets as d\nt = d.load_iris()", "warn")],
)  # fmt: skip
def test_the_data_set_around_its_module_is_refused_and_another_warned_of(lines: str, severity: str) -> None:
    assert found(lines) == [("around-the-data", severity)]


@pytest.mark.parametrize(
    "lines", ["t = load_digits()", "from data import load_digits\nt = load_digits()", "t = load_wine"]
)
def test_functions_of_ones_own_are_not(lines: str) -> None:
    assert found(lines) == []


def test_a_template_without_modules_may_load_what_it_likes() -> None:
    program = MAIN.replace("from data import load_training\n", "").replace("load_training()", "1")
    assert found("from sklearn.datasets import load_digits\nt = load_digits()", WITHOUT_DATA, program) == []


OWN_DATA = MAIN.replace("from data import load_training\n", "").replace("load_training()", "X")


@pytest.mark.parametrize(
    "lines",
    ["from sklearn.datasets import make_classification\nX, y = make_classification(n_samples=9)",
     "X = np.random.normal(size=(100, 5))", "rng = np.random.default_rng(0)\nX_train = rng.standard_normal((9, 9))",
     "import torch\nimages = torch.randn(8, 1, 8, 8)"],
)  # fmt: skip
def test_data_that_are_made_up_in_place_of_the_data_set_are_refused(lines: str) -> None:
    assert found(lines, program=OWN_DATA) == [("stand-in-data", "refuse")]


@pytest.mark.parametrize(
    "lines",
    ["noise = np.random.normal(size=3)", "weights = np.random.rand(3)", "X = np.zeros(3)", "X = load(3)"],
)
def test_other_draws_are_not(lines: str) -> None:
    assert found(lines, program=OWN_DATA) == []


def test_whoever_takes_the_data_may_draw_more() -> None:
    assert found("X = np.random.normal(size=(100, 5))") == []


def test_an_import_that_is_never_used_takes_nothing() -> None:
    lines = "from data import load_training\nX = np.random.normal(size=(100, 5))"
    assert found(lines, program=OWN_DATA) == [("stand-in-data", "refuse")]
