def improve(centres: Array, config: Config, work: Work) -> Array:
    """Grow radii against a penalty on squared overlaps, ever stiffer, by a quasi-Newton method."""

    def cost(unknowns: Array, stiffness: float) -> tuple[float, Array]:
        centres, radii = unknowns[: 2 * COUNT].reshape(COUNT, 2), unknowns[2 * COUNT :]
        between, apart = centres[FIRST] - centres[SECOND], square.distances(centres)
        pair = np.maximum(radii[FIRST] + radii[SECOND] - apart, 0)
        low, high = np.maximum(radii[:, None] - centres, 0), np.maximum(radii[:, None] + centres - 1, 0)
        force = -2 * (pair / np.maximum(apart, 1e-12))[:, None] * between
        slope, growth = 2 * (high - low), 2 * (high + low).sum(axis=1)
        np.add.at(slope, FIRST, force)
        np.add.at(slope, SECOND, -force)
        np.add.at(growth, FIRST, 2 * pair)
        np.add.at(growth, SECOND, 2 * pair)
        overlap = (pair**2).sum() + (low**2).sum() + (high**2).sum()
        gradient = np.concatenate([stiffness * slope.ravel(), stiffness * growth - 1])
        return stiffness * overlap - radii.sum(), gradient

    unknowns = np.concatenate([centres.ravel(), np.full(COUNT, 0.1)])
    bounds = [(0, 1)] * (2 * COUNT) + [(0, LARGEST)] * COUNT
    for stiffness in (10.0, 100.0, 1000.0):
        limits = {"maxiter": 10 * config["passes"]}
        found = optimize.minimize(
            cost, unknowns, args=(stiffness,), jac=True, method="L-BFGS-B", bounds=bounds, options=limits
        )
        unknowns = found.x
        work.spent += 0.025 * found.nfev
    return unknowns[: 2 * COUNT].reshape(COUNT, 2)
