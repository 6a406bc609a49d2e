"""How each search policy decides, in a sentence for the paper. No numbers: options may have set others."""

POLICIES = {
    "ab_mcts": (
        "Which node to build on is decided by adaptive branching Monte Carlo tree search: on a walk down from the root "
        "each node draws, from what its subtrees have scored, whether to go deeper or to grow a new branch there."
    ),
    "best_first": (
        "Which node to build on is decided best first: the first few nodes after the baseline are drafts; from then "
        "on, with even odds, a failed node that nothing was built on yet is repaired, and otherwise, or where there is "
        "none, the best node so far is improved (a fresh draft is made where nothing has succeeded)."
    ),
    "evolution": (
        "Which node to build on is decided by evolution on islands: parents come from an archive that keeps good and "
        "different nodes, good ones with few children more often, beside a share of fresh drafts."
    ),
    "greedy_drafts": (
        "Which node to build on is decided best first with a fixed share of fresh drafts, so that one bad start does "
        "not decide the search."
    ),
    "keep_discard": (
        "The best node so far is changed at each step, the change is kept if it is better and discarded if not, and "
        "what failed is not repaired."
    ),
    "portfolio": (
        "Which node to build on is decided by a portfolio of policies on one tree: a share of fresh drafts, repairs of "
        "what failed, and else the best node, the best node of another idea, adaptive branching tree search or "
        "evolution, whichever lately raised the best result most for its cost; a leading node may be measured again "
        "with another seed before more is built on it."
    ),
    "random": (
        "Which node to build on is decided at random: a fresh draft and every successful node so far have equal "
        "chances, and what failed is not repaired."
    ),
    "repeated": "Every node is a fresh draft; nothing is built on, and what failed is not repaired.",
}
WITHOUT_REPAIRS = frozenset({"keep_discard", "random", "repeated"})
