"""The toy's fixed evaluator: the truth is boost, seen through noise of the experiment and of the split."""

import argparse
import json
import random
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--artefacts", type=Path, required=True)
parser.add_argument("--out", type=Path, required=True)
parser.add_argument("--split", choices=["search", "confirm"], required=True)
parser.add_argument("--seed", type=int, required=True)
args = parser.parse_args()
result = json.loads((args.artefacts / "result.json").read_text())
if result["seed"] != args.seed:
    raise SystemExit(f"result.json: names seed {result['seed']!r}, but seed {args.seed} was given")
rng = random.Random(f"{args.split}/{args.seed}")
score = 1.0 + result["boost"] + result["noise"] + rng.gauss(0, 0.02)
args.out.mkdir(parents=True, exist_ok=True)
(args.out / "metrics.json").write_text(json.dumps({"score": score, "noise": abs(result["noise"])}))
