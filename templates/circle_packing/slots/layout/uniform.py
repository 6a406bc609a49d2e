def lay_out(random: Random) -> Array:
    """Centres anywhere, each alike."""
    return random.random((COUNT, 2))
