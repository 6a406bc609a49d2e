"""All the chance of a problem, dealt before any policy plays: what befalls a trial depends on seed and index alone."""

from dataclasses import dataclass

import numpy as np

from bench.search.landscape import Array

MOST_DRAWS = 4
_SPREAD = 10.0


@dataclass(frozen=True, slots=True)
class Luck:
    """Arrays with one row per trial. Attempts of a better model include those of a weaker one.

    `crashes` (n,) and `seconds` (n,); `noise` (n,) standard normal; `hills` (n, draws) uniform; `points`
    (n, draws, dimensions) and `mixes` uniform; `steps` of the same shape standard normal. Uniform is in [0, 1).
    """

    crashes: Array
    seconds: Array
    noise: Array
    hills: Array
    points: Array
    steps: Array
    mixes: Array


def deal_luck(seed: int, trials: int, dimensions: int) -> Luck:
    """Deal rows for this many trials; more trials leave the first rows as they are.

    Seconds are spread tenfold, log-uniformly from 1 to 10.
    """
    crashes, seconds, noise, hills, points, steps, mixes = (
        np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(7)
    )
    shape = (trials, MOST_DRAWS, dimensions)
    return Luck(
        crashes=crashes.random(trials),
        seconds=_SPREAD ** seconds.random(trials),
        noise=noise.standard_normal(trials),
        hills=hills.random(shape[:2]),
        points=points.random(shape),
        steps=steps.standard_normal(shape),
        mixes=mixes.random(shape),
    )
