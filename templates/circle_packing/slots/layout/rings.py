def lay_out(random: Random) -> Array:
    """Square rings round the middle, the outer one along the walls, each turned by chance."""
    centres = []
    for number, half in ((COUNT - 10, 0.4), (8, 0.22), (2, 0.06)):
        around = 8 * half * ((np.arange(number) + random.random()) / number)
        side, place = np.divmod(around, 2 * half)
        corner = np.column_stack([place - half, np.full(number, -half)])
        turn = np.pi / 2 * side
        x = corner[:, 0] * np.cos(turn) - corner[:, 1] * np.sin(turn)
        y = corner[:, 0] * np.sin(turn) + corner[:, 1] * np.cos(turn)
        centres.append(0.5 + np.column_stack([x, y]))
    return np.clip(np.vstack(centres) + 0.01 * random.standard_normal((COUNT, 2)), 0, 1)
