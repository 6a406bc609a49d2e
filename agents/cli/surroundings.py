"""`templates`, `doctor`, `verify`: what there is to work with, and whether a finished paper holds."""

from pathlib import Path

from agents.cli.console import say, say_json, say_table
from agents.cli.text import clean, duration
from agents.errors import UserError


def show_templates(*, as_json: bool) -> None:
    """List the experiment templates."""
    from templates import list_templates

    templates = list_templates()
    if as_json:
        say_json([template.model_dump(mode="json") for template in templates])
        return
    rows = [
        (each.name, each.title, each.metric.name, str(len(each.knobs)), f"at most {duration(each.timeout_s)}")
        for each in templates
    ]
    say_table(("template", "title", "metric", "knobs", "per experiment"), rows, "title")


def show_doctor(workspace: Path, *, as_json: bool) -> int:
    """Say what the machine has, what each lack costs and how to mend it; 1 when something required is missing."""
    from agents.doctor import examine, examine_sandboxes
    from agents.settings import SandboxSettings

    checks = (*examine(workspace), *examine_sandboxes(SandboxSettings()))
    is_lacking = any(check.is_required and check.status == "missing" for check in checks)
    if as_json:
        say_json({"ok": not is_lacking, "checks": [check.model_dump(mode="json") for check in checks]})
        return int(is_lacking)
    for check in checks:
        say(f"{check.status:<8} {clean(check.name)}: {clean(check.found)}")
        for detail in check.details:
            say(f"{'':<8} - {clean(detail)}")
        if check.status != "ok":
            say(f"{'':<8} {clean(check.cost)}")
        if check.status != "ok" and check.remedy:
            say(f"{'':<8} to mend it: {clean(check.remedy)}")
    return int(is_lacking)


def show_verification(folder: Path, *, as_json: bool) -> int:
    """Check a published paper against its evidence; 1 when something does not hold."""
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}; give that of a finished paper, for example papers/NAME")
    from agents.audit import audit_paper

    problems = audit_paper(folder)
    if as_json:
        say_json({"ok": not problems, "problems": [problem.model_dump(mode="json") for problem in problems]})
        return int(bool(problems))
    for problem in problems:
        say(f"{clean(problem.rule)}: {clean(problem.detail)}")
    count = f"{len(problems)} problem{'s' * (len(problems) != 1)}" if problems else "every check holds"
    say(f"{folder}: {count}")
    return int(bool(problems))
