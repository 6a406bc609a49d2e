def reduce_contacts(now: Situation, config: Plan) -> float:
    """Close when the hospitals fill beyond the trigger; open again when they empty below a part of it."""
    limit = config["trigger"] * (config["release"] if now.is_closed else 1)
    return config["contact_reduction"] if now.beds >= limit else 0.0
