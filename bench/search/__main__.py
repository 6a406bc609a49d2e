"""Compare search policies where the truth is known.

python -m bench.search --policies best_first,greedy_drafts,repeated --seeds 40 --budget 200 --noise 0.03
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from agents.errors import UserError
from bench.search.grounds import FIRST_HELD_OUT_SEED, FIVE, HELD_OUT, HELD_OUT_MORE, MORE, Ground
from bench.search.loop import Setup
from bench.search.null import null_lines
from bench.search.policies import make_policy, split_names
from bench.search.sweep import run_sweep
from bench.search.tables import all_tables, lanes

_CHEAP = "best_first,greedy_drafts,keep_discard,random,repeated"


def main(words: Sequence[str] | None = None) -> None:
    args = _arguments().parse_args(words)
    sys.path.extend(str(path) for path in args.also)
    try:
        for line in null_lines(args.seeds, args.budget, args.noise) if args.null else compare(args):
            print(line, flush=True)
    except UserError as error:
        raise SystemExit(str(error)) from error


def compare(args: argparse.Namespace) -> Iterator[str]:
    """All tables that were asked for."""
    names, setup = split_names(args.policies), Setup(args.budget, args.noise, args.lanes)
    for name in names:
        make_policy(name)
    grounds, seeds = _problems(args)
    yield f"{len(seeds)} seeds from {seeds[0]}, {setup.budget} trials, noise {setup.noise}, lanes {setup.lanes}"
    sweep = run_sweep(names, grounds, seeds, setup, args.jobs)
    yield from all_tables(sweep, args.budget, args.baseline)
    if setup.lanes > 1:
        alone = run_sweep(names, grounds, seeds, Setup(args.budget, args.noise), args.jobs)
        yield from lanes(sweep, alone, setup.lanes, args.budget)


def _problems(args: argparse.Namespace) -> tuple[tuple[Ground, ...], range]:
    first = FIRST_HELD_OUT_SEED if args.held_out else 0
    five, more = (HELD_OUT, HELD_OUT_MORE) if args.held_out else (FIVE, MORE)
    return five + more * args.more, range(first, first + args.seeds)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--policies", default=_CHEAP, help="names, with options as in best_first[drafts=3]")
    parser.add_argument("--baseline", default="best_first", help="whom paired differences are against")
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--budget", type=int, default=200, help="trials per search")
    parser.add_argument("--noise", type=float, default=0.03, help="standard deviation of one measurement")
    parser.add_argument("--lanes", type=int, default=1, help="trials side by side, in virtual time")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument(
        "--held-out", action="store_true", help="other grounds and seeds, for policies that are finished"
    )
    parser.add_argument("--more", action="store_true", help="besides the five: a deep chain and a noisy plateau")
    parser.add_argument("--null", action="store_true", help="count false improvements in pure noise instead")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="folders to import from, such as treequest's")
    return parser


if __name__ == "__main__":
    main()
