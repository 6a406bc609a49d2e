def reduce_contacts(now: Situation, config: Plan) -> float:
    """Close on fixed dates, whatever happens: from the seventh week, for twelve weeks."""
    return config["contact_reduction"] if 6 <= now.week < 18 else 0.0
