"""Whole runs on a planted null: how often does a knob that does nothing come out "supported"?

    python -m bench.null_runs --runs 40

Every run is a real one (graph, sandbox, journal, evidence; no TeX) on tests/toy_template with another seed and the
placebo knob as the only factor of the hypothesis. Any effect above a thousandth is said to matter there (the seeds' sd
is thirty times that), so that significance alone stands between noise and a claim. Baseline of the comparison: what
picking the winner of the search against the baseline node, without confirmation, would have claimed.
"""

import argparse
import shutil
import tempfile
from collections import Counter
from pathlib import Path

from agents.events import Event
from agents.nodes.artefacts import read_record
from agents.run import start_run
from agents.schema import Evidence
from agents.settings import resolve_settings

TOY = Path(__file__).parents[1] / "tests" / "toy_template"


def sensitive_template(home: Path) -> Path:
    """A copy of the toy template that calls almost any effect large enough to matter."""
    folder = Path(shutil.copytree(TOY, home / "sensitive"))
    text = (folder / "template.toml").read_text()
    (folder / "template.toml").write_text(text.replace("smallest_effect = 0.2", "smallest_effect = 0.001"))
    return folder


def run_once(home: Path, template: Path, seed: int, experiments: int) -> Evidence:
    """One run with one study on the placebo; returns its evidence."""
    settings = resolve_settings(
        {
            "topic": "Does placebo raise the toy score?",
            "template": str(template),
            "seed": seed,
            "generations": 1,
            "ideas": 1,
            "search.experiments": experiments,
            "workspace": home / "workspace",
            "papers": home / "papers",
            "paper.is_typeset": False,
        },
        project_file=home / "none.toml",
    )
    result = start_run(settings, _ignore)
    return read_record(result.folder / "papers" / "s1" / "evidence.json", Evidence)


def _ignore(_: Event) -> None:
    """The verdicts are read from disk."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--experiments", type=int, default=8, help="search nodes per run")
    args = parser.parse_args()
    verdicts: Counter[str] = Counter()
    naive = 0
    with tempfile.TemporaryDirectory() as home:
        template = sensitive_template(Path(home))
        for seed in range(args.runs):
            evidence = run_once(Path(home), template, seed, args.experiments)
            if evidence.registration.idea.hypothesis.factors != ("placebo",):
                raise SystemExit(
                    f"the study was about {evidence.registration.idea.hypothesis.factors}, not the placebo"
                )
            verdicts[evidence.verdict.label] += 1
            naive += evidence["search.best"].value > evidence["search.baseline"].value
            print(f"seed {seed}: {evidence.verdict.label}, so far {dict(verdicts)}", flush=True)
    print(f"supported {verdicts['supported']} of {args.runs}; the search's winner alone would have claimed {naive}")


if __name__ == "__main__":
    main()
