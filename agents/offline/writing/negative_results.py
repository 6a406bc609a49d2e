"""Negative results: everything in the search that failed or did not beat the defaults, with what it suggests."""

from collections import Counter

from agents.offline.phrases import join_words
from agents.offline.writing.story import Story, ev, paragraphs
from agents.schema import Experiment, Knob, is_finite

_WAYS = {
    "crash": "crashes",
    "timeout": "time-outs",
    "oom": "lack of memory",
    "disk": "lack of disk space",
    "no_metrics": "output that gave no metric",
    "tampered": "output that had been tampered with",
    "infra": "faults of the machine rather than of the experiment",
    "skipped": "a budget that was used up before they could run",
}


def write_negative_results(story: Story) -> str:
    ending = [*_repeat_failures(story), *_confirmation_failures(story)]
    if not story.failed and not story.worse:
        return paragraphs(_clean(), ending)
    return paragraphs(_counts(story), _failures(story), _worst(story), _patterns(story), ending)


def _clean() -> list[str]:
    return [
        f"None of the {ev('search.nodes')} search nodes failed, and every one with a changed setting did better "
        "than the "
        "baseline on the search split. So uniform a picture may mean that the seed of the search flatters every "
        "change; it "
        "is why the claim rests on fresh seeds."
    ]


def _counts(story: Story) -> list[str]:
    worse = f"; {ev('search.worse')} succeeded but did no better than the baseline node" if story.worse else ""
    failed = ev("search.failed") if story.failed else "none"
    which = "the worst of them and the first that failed" if story.is_outlined else "every one of them"
    return [
        f"Of the {ev('search.nodes')} nodes of the search, {failed} failed{worse}.",
        rf"Table~\ref{{tab:negative}} lists {which}.",
    ]


def _failures(story: Story) -> list[str]:
    if not story.failed:
        return []
    counts = Counter(node.outcome.status for node in story.failed if node.outcome)
    ways = [_WAYS.get(status, status) for status, _ in counts.most_common()]
    order = "" if len(ways) == 1 else ", the most frequent first"
    kinds = "one kind" if len(ways) == 1 else "several kinds"
    return [f"The failures are of {kinds}{order}: {join_words(ways)}.", _blame(story)]


def _blame(story: Story) -> str:
    """A setting that every failed node shares and no successful one has, if there is one."""
    good = [node for node in story.nodes if node.outcome and node.outcome.is_ok]
    for knob in (*story.factors, *story.companions):
        values = {node.config[knob.name] for node in story.failed}
        if len(values) == 1 and not any(node.config[knob.name] in values for node in good) and len(story.failed) > 1:
            return f"All of them, and none of the successful nodes, have {_at(story, knob, story.failed[0])}."
    return ""


def _worst(story: Story) -> list[str]:
    scored = [(node, value) for node in story.worse if (value := node.value(story.metric.name)) is not None]
    if not scored:
        return []
    node = min(scored, key=lambda pair: story.metric.gain(pair[1], 0.0))[0]
    key = f"exp.{node.id}.{story.metric.name}"
    if not story.has(key):
        return []
    changed = [knob for knob in (*story.factors, *story.companions) if node.config[knob.name] != knob.default]
    settings = join_words([_at(story, knob, node) for knob in changed])
    return [
        f"The worst of the successful ones has {settings} and reaches {ev(key)}, against "
        f"{ev('search.baseline')} for the "
        "baseline."
    ]


def _patterns(story: Story) -> list[str]:
    """Settings of a factor that never once beat the baseline in the search."""
    told = [text for knob in story.factors if (text := _never(story, knob))]
    return (
        [*told, "These are single runs on one seed and show where not to look first, not what is impossible."]
        if told
        else []
    )


def _never(story: Story, knob: Knob) -> str:
    losers = {node.id for node in story.worse}
    by_level: dict[object, list[Experiment]] = {}
    for node in story.nodes:
        if node.value(story.metric.name) is not None and node.config[knob.name] != knob.default:
            by_level.setdefault(node.config[knob.name], []).append(node)
    lost = [nodes[0] for nodes in by_level.values() if all(node.id in losers for node in nodes)]
    never = [node for node in lost if _is_known(story, knob, node)]
    if not never:
        return ""
    label = story.labels([knob])
    if len(never) == len(by_level):
        return f"No setting of {label} that was tried beat the default even once."
    shown = [_level(story, knob, node) for node in sorted(never, key=lambda node: _order(node.config[knob.name]))]
    return f"With {label} at {join_words(shown, 'or')}, no node of the search beat the baseline."


def _is_known(story: Story, knob: Knob, node: Experiment) -> bool:
    """Whether the level can be printed: a number needs an entry in the ledger, which an outlined search may lack."""
    value = node.config[knob.name]
    return not story.is_outlined or not is_finite(value) or story.has(f"exp.{node.id}.{knob.name}")


def _order(value: object) -> tuple[float, str]:
    return (float(value), "") if isinstance(value, int | float) and is_finite(value) else (0.0, str(value))


def _at(story: Story, knob: Knob, node: Experiment) -> str:
    return f"{story.labels([knob])} at {_level(story, knob, node)}"


def _level(story: Story, knob: Knob, node: Experiment) -> str:
    return story.printed(f"exp.{node.id}.{knob.name}", node.config[knob.name])


def _repeat_failures(story: Story) -> list[str]:
    if not story.count("search.repeats_failed"):
        return []
    return [
        f"Of the {ev('search.repeats')} measurements that the search repeated on other seeds, "
        rf"{ev('search.repeats_failed')} failed; Table~\ref{{tab:negative}} lists them too."
    ]


def _confirmation_failures(story: Story) -> list[str]:
    if not story.count("confirm.failed"):
        return []
    return [
        f"In confirmation and ablation, {ev('confirm.failed')} experiments failed; their seeds drop out of the "
        "pairs they belong to."
    ]
