def reduce_contacts(now: Situation, config: Plan) -> float:
    """Cut contacts in proportion to how full the hospitals are, in full from twice the trigger on."""
    return config["contact_reduction"] * min(1.0, now.beds / (2 * config["trigger"]))
