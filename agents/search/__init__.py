"""Search policies: which node of the tree the next experiment builds on. Pure functions of what they are shown."""

POLICIES = {
    "best_first": "agents.search.best_first:BestFirst",
    "random": "agents.search.random_search:RandomSearch",
}
"""Known policies, for agents.registry.find_adapter; each is made without arguments."""
