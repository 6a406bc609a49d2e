"""A toy experiment in plain Python: deterministic in code, config and seed."""

import argparse
import json
import random
import sys
import time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--out", type=Path, required=True)
parser.add_argument("--seed", type=int, required=True)
parser.add_argument("--config", type=Path, required=True)
parser.add_argument("--smoke", action="store_true")
args = parser.parse_args()
config = json.loads(args.config.read_text())
fault = config["fault"]
if fault == "crash":
    raise ValueError("the toy was told to crash")
if fault == "hang":
    time.sleep(3600)
if fault == "flood":
    for _ in range(1000):
        sys.stdout.write("x" * 1_000_000)
rng = random.Random(f"{args.seed}/{config['placebo']}/{config['boost']}")
draws = [rng.gauss(0, 0.1) for _ in range(20)]
args.out.mkdir(parents=True, exist_ok=True)
if fault != "nothing":
    noise = float("nan") if fault == "nan" else sum(draws) / len(draws)
    (args.out / "result.json").write_text(json.dumps({"boost": config["boost"], "noise": noise, "seed": args.seed}))
    means = [sum(draws[: k + 1]) / (k + 1) for k in range(len(draws))]
    (args.out / "curve.csv").write_text("x,y\n" + "".join(f"{k},{mean}\n" for k, mean in enumerate(means)))
