"""`naturalist tree`: the search of a study as text in the terminal, as a picture, as a page."""

from pathlib import Path
from typing import Any

from agents.cli.console import is_plain, make_console, say, say_json
from agents.cli.run_view import Node
from agents.cli.text import clean, number
from agents.cli.tree import TreeLine, tree_lines
from agents.cli.trees.curve import best_so_far
from agents.cli.trees.page import write_page
from agents.cli.trees.picture import draw_svg, is_failed
from agents.cli.trees.study import StudyTree, read_study
from agents.cli.trees.words import estimate_rows, expected_json
from agents.errors import ServiceError, UserError
from agents.files import write_atomic
from agents.schema import Experiment
from agents.store.runs import find_run


def show_tree(
    workspace: Path, run: str, study: str | None, *, svg: Path | None, html: Path | None, lines: int, as_json: bool
) -> None:
    """Write the files that were asked for, or the tree as text where none was."""
    tree = read_study(find_run(workspace, run), study)
    written = write_files({path: draw for path, draw in ((svg, draw_svg), (html, write_page)) if path}, tree)
    if as_json:
        say_json(tree_json(tree) | {"written": written})
    elif written:
        for path in written:
            say(str(path))
    else:
        _say_tree(tree, lines)


def write_files(drawings: dict[Path, Any], tree: StudyTree) -> list[Path]:
    """Write each drawing; raises UserError for a place that cannot be written."""
    for path, draw in drawings.items():
        write_drawing(path, draw(tree))
    return [path.absolute() for path in drawings]


def write_drawing(path: Path, text: str) -> None:
    try:
        write_atomic(path, text)
    except (OSError, ServiceError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"cannot write {path}: {reason}; name a file in a folder of yours") from error


def text_lines(tree: StudyTree, limit: int) -> list[str]:
    """The tree as text: a head, the nodes under their parents, what the cheap baselines would be expected to reach."""
    best = tree.best.id if tree.best else None
    nodes = [_seen(tree, node) for node in tree.nodes]
    failed = sum(1 for node in tree.nodes if is_failed(node))
    path = set(tree.best_path)
    return [
        clean(f"{tree.folder.name} {tree.study}: {tree.title}"),
        f"{len(nodes)} experiments, {failed} failed; {clean(tree.metric.name)}, {tree.metric.direction}",
        *(_line(line, tree, path, best) for line in tree_lines(nodes, best, limit or len(nodes))),
        *(f"{name:<13}{words}" for name, words in _outcome_rows(tree)),
    ]


def tree_json(tree: StudyTree) -> dict[str, Any]:
    """The same as a JSON object, and the curve besides."""
    return {
        "run": tree.folder.name,
        "study": tree.study,
        "title": tree.title,
        "metric": tree.metric.model_dump(mode="json"),
        "best": tree.best.id if tree.best else None,
        "best_path": tree.best_path,
        "expected": expected_json(tree.expected),
        "best_so_far": [point._asdict() for point in best_so_far(tree)],
        "nodes": [_node_json(tree, node) for node in tree.nodes],
    }


def _say_tree(tree: StudyTree, limit: int) -> None:
    lines = text_lines(tree, limit)
    if is_plain():
        for line in lines:
            say(line)
        return
    console = make_console()
    for line in lines:
        style = "bold green" if " best " in line else "red" if " ✗ " in line else None
        console.print(line, style=style, no_wrap=True, overflow="ellipsis")


def _seen(tree: StudyTree, node: Experiment) -> Node:
    status = node.outcome.status if node.outcome else "running"
    parent = tree.parent(node)
    above = parent.id if parent else None
    return Node(node.id, node.stage, above, tree.kinds[node.id], node.arm, node.change, status, tree.value(node))


def _line(line: TreeLine, tree: StudyTree, path: set[str], best: str | None) -> str:
    """Branches, number, result, marks, kind and change; the way to the best is starred, failures are crossed."""
    node = line.node
    if node is None:
        return f"… {line.hidden} more; --lines 0 shows all"
    own = tree.by_id[node.id]
    mark = " best" if node.id == best else " *" if node.id in path else " ✗" if node.is_failed else ""
    result = number(node.value) if node.status == "ok" else "not finished" if node.is_open else node.status
    model = own.model if len(tree.models) > 1 else ""
    made_by = ", ".join(word for word in (model, own.chosen_by) if word)
    kind = "" if own.index == 0 else f"{node.kind} "
    told = clean(f"{kind}{node.change}{f' ({made_by})' if made_by else ''}")
    return f"{line.prefix}{own.index} {result}{mark} {told}"


def _outcome_rows(tree: StudyTree) -> list[tuple[str, str]]:
    best = f"{number(tree.value(tree.best))} ({tree.best.id})" if tree.best else "nothing succeeded yet"
    return [("best", best), *estimate_rows(tree.expected)]


def _node_json(tree: StudyTree, node: Experiment) -> dict[str, Any]:
    return {
        "id": node.id,
        "parent": node.parent,
        "kind": tree.kinds[node.id],
        "change": node.change,
        "status": node.outcome.status if node.outcome else "open",
        "value": tree.value(node),
        "model": node.model,
        "chosen_by": node.chosen_by,
        "seed": node.seed,
    }
