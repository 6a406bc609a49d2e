def improve(centres: Array, config: Config, work: Work) -> Array:
    """Sequential linear programming: solve, move, linearise again, with ever shorter steps."""
    step, total = config["step"], 0.0
    for _ in range(config["passes"]):
        if work.is_over:
            break
        found = solve_programme(centres, step, work)
        centres = found.centres
        if found.total < total + TRIFLE:
            break
        step, total = max(0.8 * step, 0.02), found.total
    return centres
