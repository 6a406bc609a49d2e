"""Search policies: what the next experiment builds on, how, by which model. Pure functions of what they are shown."""

POLICIES = {
    "best_first": "agents.search.best_first:BestFirst",
    "evolution": "agents.search.evolution:Evolution",
    "keep_discard": "agents.search.yardsticks:KeepDiscard",
    "random": "agents.search.yardsticks:RandomSearch",
    "repeated": "agents.search.yardsticks:RepeatedSampling",
}
"""Known policies, for agents.registry.find_adapter; each is made from its options (`search.options`)."""
