"""Results that nothing measured, and preprocessing that saw what it is judged on."""

import pytest

from tests.agents.experiments.static_checks.programs import found


@pytest.mark.parametrize(
    "lines",
    [
        "def run(out): (out / 'metrics.json').write_text('{}')",
        "open('metrics.json', 'w')",
        "p = 'evaluation/metrics.json'",
    ],
)
def test_writing_the_evaluators_file_is_refused(lines: str) -> None:
    assert found(lines) == [("own-metrics", "refuse")]


@pytest.mark.parametrize(
    "lines", ["'metrics.json is not ours'", "# metrics.json", "p = 'my_metrics.json'", "metrics = {}"]
)
def test_speaking_of_it_is_not(lines: str) -> None:
    assert found(lines) == []


@pytest.mark.parametrize(
    "lines",
    ["json.dump({'accuracy': 0.93}, f)", "def run():\n    m = {'n': n, 'log_loss': -0.1}\n    json.dumps(m)",
     "from json import dumps as d\nd({'accuracy': float(1)})"],
)  # fmt: skip
def test_a_metric_that_is_a_number_written_out_is_refused(lines: str) -> None:
    assert found(lines) == [("fixed-results", "refuse")]


@pytest.mark.parametrize(
    "lines",
    ["json.dump({'accuracy': hits / n}, f)", "json.dump({'width': 3}, f)", "best = {'accuracy': 0.0}",
     "def run():\n    m = {'accuracy': 0.0}\n    m['accuracy'] = hits / n\n    json.dumps(m)",
     "def run():\n    m = {'accuracy': 0.0}\n    fill(m)\n    json.dumps(m)",
     "# json.dump({'accuracy': 0.93}, f)", "'''json.dump({'accuracy': 0.93}, f)'''"],
)  # fmt: skip
def test_a_metric_that_is_computed_is_not(lines: str) -> None:
    assert found(lines) == []


@pytest.mark.parametrize(
    "lines",
    ["np.save('a.npy', np.ones((9, 2)))", "def run():\n    p = np.full((9, 2), 0.5)\n    np.save('a.npy', p)",
     "np.savetxt('a.csv', np.zeros(3))", "print('accuracy: 0.93')", "print('Accuracy =', 0.93)",
     "def run():\n    print('n 3, log_loss=-0.2')"],
)  # fmt: skip
def test_an_array_or_a_line_of_fixed_numbers_is_warned_of(lines: str) -> None:
    assert found(lines) == [("fixed-results", "warn")]


@pytest.mark.parametrize(
    "lines",
    ["np.save('a.npy', predict(x))", "def run():\n    p = np.zeros(3)\n    p[0] = f(x)\n    np.save('a.npy', p)",
     "def run():\n    p = np.zeros(3)\n    p += f(x)\n    np.save('a.npy', p)", "np.save('a.npy', np.full(3, mean))",
     "print('accuracy:', hits / n)", "print(f'accuracy: {hits}')", "print('width: 3')"],
)  # fmt: skip
def test_what_was_computed_is_not(lines: str) -> None:
    assert found(lines) == []


def in_handler(body: str, kind: str = "except Exception:") -> str:
    return f"def run():\n    try:\n        go()\n    {kind}\n        {body}\n    return 1"


@pytest.mark.parametrize(
    "lines",
    [in_handler("accuracy = 0.9"), in_handler("metrics = {'a': 0.9}", "except:"), in_handler("m['accuracy'] = 0.5"),
     in_handler("self.best_score = 12", "except BaseException as e:")],
)  # fmt: skip
def test_a_result_in_place_of_a_failure_is_refused(lines: str) -> None:
    assert found(lines) == [("swallowed-failure", "refuse")]


@pytest.mark.parametrize("body", ["score = 0.0", "score = float('inf')", "score = -np.inf", "metrics = {'a': np.nan}"])
def test_a_result_that_says_that_it_is_none_is_warned_of(body: str) -> None:
    assert found(in_handler(body)) == [("swallowed-failure", "warn")]


@pytest.mark.parametrize(
    "lines",
    [in_handler("raise SystemExit('no')"), in_handler("accuracy = 0.9", "except ZeroDivisionError:"),
     in_handler("rate = 0.1"), in_handler("score = fall_back()"), in_handler("pass  # accuracy = 0.9")],
)  # fmt: skip
def test_handling_a_failure_is_not(lines: str) -> None:
    assert found(lines) == []


SKLEARN = "from sklearn.preprocessing import StandardScaler\nfrom sklearn.model_selection import train_test_split\n"


@pytest.mark.parametrize(
    "lines",
    ["def run(X):\n    X = StandardScaler().fit_transform(X)\n    a, b = train_test_split(X)",
     "def run(X):\n    s = StandardScaler()\n    s.fit(X)\n    a, b, c, d = train_test_split(X, y)",
     "def run(X):\n    s = StandardScaler()\n    Z = s.fit_transform(X)\n    a, b = train_test_split(Z)"],
)  # fmt: skip
def test_fitting_before_the_split_is_warned_of(lines: str) -> None:
    assert found(SKLEARN + lines) == [("fit-before-split", "warn")]


@pytest.mark.parametrize(
    "lines",
    ["def run(a, b):\n    StandardScaler().fit(np.concatenate([a.train, a.test]))",
     "def run(train_x, test_x):\n    both = np.vstack((train_x, test_x))\n    s = StandardScaler()\n    s.fit(both)",
     "def run(d):\n    StandardScaler().fit_transform(np.concatenate([d.pool, d.confirm]))"],
)  # fmt: skip
def test_fitting_on_training_and_test_inputs_together_is_refused(lines: str) -> None:
    assert found(SKLEARN + lines) == [("fit-before-split", "refuse")]


@pytest.mark.parametrize(
    "lines",
    ["def run(X):\n    a, b = train_test_split(X)\n    s = StandardScaler().fit(a)\n    s.transform(b)",
     "def run(X):\n    StandardScaler().fit(X)\n\ndef other(X):\n    a, b = train_test_split(X)",
     "def run(X):\n    model = SVC()\n    model.fit(X)\n    a, b = train_test_split(X)",
     "def run(a, b):\n    StandardScaler().fit(np.concatenate([a.train, b.train]))",
     "# StandardScaler().fit(X); train_test_split(X)"],
)  # fmt: skip
def test_fitting_on_the_training_part_is_not(lines: str) -> None:
    assert found(SKLEARN + lines) == []
