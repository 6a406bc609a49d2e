"""How pytest-xdist shares tests out among its workers: those that need the same server or dear fixture stay together.

By the tests' names and not by marks: the controller sees nothing else, and marks of `--dist loadgroup` get lost in
silence with pytest 9.2 (https://github.com/pytest-dev/pytest-xdist/issues/1386).
"""

import os
import re

from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    "docker": r"/containers/|\[(.*-)?docker[\]-]",
    "postgresql": r"test_postgres\.py|\[(.*-)?postgresql[\]-]",
    "clusters": r"test_ray_cluster\.py|test_slurm\.py|test_remote_executors\.py",
    "abuse in bubblewrap": r"tests/abuse/.*\[(.*-)?bubblewrap[\]-]",
    "abuse in a process": r"tests/abuse/.*\[(.*-)?process[\]-]",
    "abuse without a sandbox": r"tests/abuse/test_bare\.py",
    "one finished run": r"test_entering\.py",
    "one run that is killed": r"test_durability\.py",
    "one recorded run": r"test_model_road\.py::(test_calls_of_researcher|test_a_run_is_replayed)",
    "one run without a template": r"test_free_road\.py::(?!test_a_persons_idea)",
    "scripted runs": r"tests/agents/test_graph\.py",
    "experiments of char_transformer": r"test_template_contract\.py.*char_transformer",
    "experiments of circle_packing": r"test_template_contract\.py.*circle_packing",
    "experiments of digits_classifier": r"test_template_contract\.py.*digits_classifier",
    "experiments of seir_epidemic": r"test_template_contract\.py.*seir_epidemic",
    "one fitted reviewer": r"reviewer/estimate/test_(fitting|model|shipped)\.py",
}
"""Name of a group -> how the node ids of its tests look; the first that fits counts."""


def count_workers() -> int:
    """Tests wait more than they work: twice as many workers as processors, as far as memory has room."""
    return min(8, 2 * (os.cpu_count() or 1))


def group_of(nodeid: str) -> str:
    """The group of a test; its own node id if any worker may run it."""
    return next((group for group, pattern in TOGETHER.items() if re.search(pattern, nodeid)), nodeid)


class ByServer(LoadScopeScheduling):
    """Gives a group to one worker, large groups first, and any other test to whichever worker is free."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
