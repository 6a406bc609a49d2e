"""Search policies: what the next experiment builds on, how, by which model. Pure functions of what they are shown."""

POLICIES = {
    "ab_mcts": "agents.search.ab_mcts:AbMcts",
    "best_first": "agents.search.best_first:BestFirst",
    "evolution": "agents.search.evolution:Evolution",
    "greedy_drafts": "agents.search.greedy_drafts:GreedyDrafts",
    "keep_discard": "agents.search.yardsticks:KeepDiscard",
    "portfolio": "agents.search.portfolio:Portfolio",
    "random": "agents.search.yardsticks:RandomSearch",
    "repeated": "agents.search.yardsticks:RepeatedSampling",
}
"""Known policies, for agents.registry.find_adapter; each is made from its options (`search.options`)."""
