"""The search tree as one HTML file that needs nothing else: no network, and no script runs in it but its own.

Texts of experiments travel as JSON with every "<" written as an escape, and the page puts them in as text. A content
security policy names the hash of the page's own script, so that nothing else could run even if it got in.
"""

import base64
import hashlib
import json
from html import escape
from pathlib import Path
from typing import Any, Final

from agents.cli.text import clean, number
from agents.cli.trees.chart import Panel, Series, draw_key, draw_panel
from agents.cli.trees.curve import best_so_far
from agents.cli.trees.details import Details, tell_details
from agents.cli.trees.look import CIVIDIS, KIND_COLOURS, cross_of, model_colours, shape_of
from agents.cli.trees.picture import KINDS, cell_size, draw_tree, is_failed, span_of
from agents.cli.trees.study import StudyTree
from agents.cli.trees.words import estimate_words
from agents.figures.style import BLUE, GREY, ORANGE, VERMILLION, capital, with_unit
from agents.schema import Experiment

_HERE: Final = Path(__file__).resolve().parent


def write_page(tree: StudyTree) -> str:
    """Return the whole page."""
    style, script = ((_HERE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    drawn, details = draw_tree(tree, for_page=True), tell_details(tree)
    script_hash = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{script_hash}'"
    facts = _facts(tree, details) | {"width": drawn.width, "height": drawn.height}
    title = escape(clean(f"{tree.folder.name} {tree.study}"))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{escape(clean(tree.title))}<small>{title}: {escape(_summary(tree, details))}</small></h1>
<label>colour <select id="by"><option>metric</option><option>kind</option><option>model</option></select></label>
<label>find <input id="search" type="search" placeholder="id or change ( / )"></label>
<span id="found" class="hint" role="status"></span>
<button id="best">best</button>
<button id="in" aria-label="zoom in">+</button><button id="out" aria-label="zoom out">−</button>
<button id="whole">whole tree</button><button id="theme">dark / light</button>
</header>
<main id="tree">
<svg id="canvas" tabindex="0" role="application" aria-describedby="keys"
 aria-label="search tree" preserveAspectRatio="none">
{drawn.body}
<circle id="ring" r="0" style="display:none"/>
</svg>
<div id="legend"></div>
<p id="keys" class="unseen">Arrow keys move between parents, children and siblings; Home is the best node, Enter reads
the details, Escape comes back; plus and minus zoom, zero shows the whole tree.</p>
<p id="said" class="unseen" aria-live="polite"></p>
</main>
<aside id="detail" tabindex="0" aria-label="details of the node">
<p class="hint">Choose a node by a click or the arrow keys.</p></aside>
<section id="curve" aria-label="best so far">
{draw_progress(tree)}</section>
<script id="data" type="application/json">{_harmless_json(facts)}</script>
<script>{script}</script>
</body>
</html>
"""


def draw_progress(tree: StudyTree) -> str:
    """The best-so-far curve with the expectations of the cheap baselines, as an SVG element."""
    points = best_so_far(tree)
    held = [(float(point.made), point.best) for point in points if point.best is not None]
    curves = [Series("best so far", held, VERMILLION)]
    for name, estimate, colour, dashes in (
        ("fresh drafts alone (estimate)", tree.expected.repeated, BLUE, "6 3"),
        ("keep or discard (estimate)", tree.expected.keep_discard, ORANGE, "2 2"),
    ):
        level = [] if estimate.value is None else [(1.0, estimate.value), (float(len(points)), estimate.value)]
        told = name if level else f"{name}: not enough to tell"
        curves.append(Series(told, level, colour if level else GREY, dashes, is_level=True))
    panel = Panel("experiments", capital(with_unit(tree.metric.label, tree.metric.unit)), curves)
    return (
        f'<svg width="520" height="216" role="img">{draw_panel(panel, 520, 216)}</svg>\n'
        f'<svg width="340" height="80" role="img">{draw_key(curves, 4)}</svg>\n'
    )


def _summary(tree: StudyTree, details: Details) -> str:
    failed = sum(1 for node in tree.nodes if is_failed(node))
    best = f"; best {tree.metric.name} {number(tree.value(tree.best))} ({tree.best.id})" if tree.best else ""
    parts = [f"{len(tree.nodes)} experiments, {failed} failed{best}", *estimate_words(tree.expected)]
    if details.left_out:
        parts.append(f"code and logs of {details.left_out} nodes are left out")
    if details.pictures_left_out:
        parts.append(f"{details.pictures_left_out} figures are left out")
    return "; ".join(parts)


def _facts(tree: StudyTree, details: Details) -> dict[str, Any]:
    models = tree.models
    span = span_of(tree)
    ends = None if span is None else list(span if tree.metric.direction == "maximize" else reversed(span))
    made = set(tree.kinds.values())
    failed = {"failed": shape_of("draft", 5) + cross_of(5)} if any(map(is_failed, tree.nodes)) else {}
    return {
        "metric": clean(tree.metric.name),
        "label": clean(with_unit(tree.metric.label, tree.metric.unit)),
        "cell": cell_size(len(tree.nodes)),
        "best": tree.best.index if tree.best else None,
        "span": ends,
        "colours": CIVIDIS,
        "models": [clean(model) for model in models],
        "modelColours": list(model_colours(models).values()),
        "kindColours": KIND_COLOURS,
        "kindShapes": {kind: shape_of(kind, 5) for kind in KINDS if kind in made} | failed,
        "nodes": [_node(tree, node, models.index(node.model)) for node in tree.nodes],
        "details": details.by_id,
    }


def _node(tree: StudyTree, node: Experiment, model: int) -> dict[str, Any]:
    outcome, parent = node.outcome, tree.parent(node)
    return {
        "i": node.index,
        "id": clean(node.id),
        "p": parent.index if parent else -1,
        "kind": tree.kinds[node.id],
        "change": clean(node.change),
        "model": model,
        "arm": clean(node.chosen_by),
        "inspirations": node.inspirations,
        "seed": node.seed,
        "config": {
            clean(name): clean(value) if isinstance(value, str) else value for name, value in node.config.items()
        },
        "status": outcome.status if outcome else "not finished",
        "detail": clean(outcome.detail) if outcome else "",
        "value": tree.value(node),
        "metrics": {clean(name): value for name, value in outcome.metrics.items()} if outcome else {},
        "seconds": outcome.wall_s if outcome else None,
        "memory": round(outcome.peak_memory_mb) if outcome else None,
        "usd": node.cost_usd,
    }


def _harmless_json(value: dict[str, Any]) -> str:
    """JSON that cannot end the <script> it stands in, whatever its strings say."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
