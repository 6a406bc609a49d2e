"""The command line's grammar. Commands import what they need when they run, so that `--help` answers at once."""

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from agents.cli.reviewing.app import reviewer_app
from agents.cli.sandbox import app as sandbox_app

JsonFlag = Annotated[bool, typer.Option("--json", help="Write JSON instead of text.")]
WorkspaceOption = Annotated[Path | None, typer.Option("--workspace", help="Folder of the run folders.")]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help='Name, beginning of a name, path, or "latest".')]


class _Group(TyperGroup):
    """Tells every failure of a command in one line, with its exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (Exception, KeyboardInterrupt) as error:
            if isinstance(error, BrokenPipeError) or type(error).__module__.split(".")[0] in ("typer", "click"):
                raise
            from agents.cli.failures import tell_failure

            raise typer.Exit(tell_failure(error)) from error


app = typer.Typer(
    cls=_Group,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="An autonomous AI scientist: a topic goes in, reviewed papers come out.",
)


def main() -> None:
    """Entry point of the `naturalist` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a letter is no reason to fail
    app(prog_name="naturalist")


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        from agents import __version__

        typer.echo(f"naturalist {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    del version


@app.command()
def run(
    ctx: typer.Context,
    topic: Annotated[
        str, typer.Argument(metavar="TOPIC", help="The question to study; none with --topic-file or --ideas FILE.")
    ] = "",
    template: Annotated[
        str | None, typer.Option(help="Experiment template, a name or a folder; the nearest to the topic if not given.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help='LiteLLM model string, or "offline" for the built-in researcher (needs no key).')
    ] = None,
    experiments: Annotated[int | None, typer.Option(help="Search experiments per idea.")] = None,
    generations: Annotated[int | None, typer.Option(help="Times round the loop choose, study, write, review.")] = None,
    ideas: Annotated[
        str | None,
        typer.Option(metavar="N|FILE", help="Ideas to propose, or a JSON file of your own ideas."),
    ] = None,
    follow_ups: Annotated[
        int | None, typer.Option(metavar="N", help="New ideas for each later generation, from what was found; 0: none.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every random choice.")] = None,
    policy: Annotated[
        str | None, typer.Option(help="Search policy: portfolio, ab_mcts, ... (docs/search.md), or your own.")
    ] = None,
    lanes: Annotated[int | None, typer.Option(help="Search lanes working at once.")] = None,
    slots: Annotated[int | None, typer.Option(help="Experiments that run at once.")] = None,
    sandbox: Annotated[
        str | None, typer.Option(help="auto (the strongest that works here), docker, bubblewrap, process, or your own.")
    ] = None,
    allow_weak_sandbox: Annotated[
        bool, typer.Option("--allow-weak-sandbox", help="Run a language model's code even where the sandbox is weak.")
    ] = False,
    confirm_seeds: Annotated[int | None, typer.Option(help="Fresh seeds for the confirmation.")] = None,
    approve: Annotated[
        list[str] | None, typer.Option(metavar="GATE", help="Wait for your approval: idea, paper (repeatable).")
    ] = None,
    budget: Annotated[float | None, typer.Option(metavar="USD", help="Most that model calls may cost.")] = None,
    tokens: Annotated[int | None, typer.Option(help="Most tokens that model calls may read and write.")] = None,
    hours: Annotated[float | None, typer.Option(help="Most hours of wall clock.")] = None,
    gpu_hours: Annotated[float | None, typer.Option(help="Most hours that experiments may hold GPUs.")] = None,
    free: Annotated[
        bool, typer.Option("--free", help="Research without a template: the model writes the experiments.")
    ] = False,
    topic_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Topic with keywords, TL;DR and abstract, as .md.")
    ] = None,
    data: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="Your own data, which experiments read (repeatable).")
    ] = None,
    repo: Annotated[Path | None, typer.Option(metavar="PATH", help="Your own code to start from.")] = None,
    api_base: Annotated[
        str | None, typer.Option(metavar="URL", help="An OpenAI-compatible server of your own, for openai/... models.")
    ] = None,
    role: Annotated[
        list[str] | None,
        typer.Option(metavar="ROLE=MODEL", help="Model of a role: ideas, code, writing, judge, ... (repeatable)."),
    ] = None,
    fallback: Annotated[
        list[str] | None, typer.Option(metavar="MODEL", help="Model asked when others fail (repeatable).")
    ] = None,
    literature: Annotated[
        list[str] | None, typer.Option(metavar="SOURCE", help="Literature source (repeatable; docs/literature.md).")
    ] = None,
    library: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="Your own BibTeX, PDFs or Zotero export (repeatable).")
    ] = None,
    workspace: WorkspaceOption = None,
    papers: Annotated[Path | None, typer.Option(help="Folder of finished papers.")] = None,
    no_pdf: Annotated[bool, typer.Option("--no-pdf", help="Write paper.tex only; needs no TeX.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Study a topic: from the question to reviewed papers."""
    from agents.cli.inputs import count_or_file, describe_given, models_by_role, read_topic
    from agents.cli.session import start

    count, ideas_file = count_or_file(ideas)
    subject = read_topic(topic, topic_file, ideas_file)
    for line in describe_given(subject, data or (), repo):
        typer.echo(line, err=as_json)
    flags = {
        "topic": subject.title,
        "brief": subject.brief or None,
        "ideas_file": ideas_file,
        "free.is_on": free or None,
        "data": data or None,
        "repo": repo,
        "api_base": api_base,
        "models.fallback": fallback or None,
        "literature": literature or None,
        "library": library or None,
        "budget.tokens": tokens,
        "budget.hours": hours,
        "budget.gpu_hours": gpu_hours,
        **models_by_role(role or ()),
        "template": template,
        "model": model,
        "search.experiments": experiments,
        "generations": generations,
        "ideas": count,
        "follow_ups": follow_ups,
        "seed": seed,
        "search.policy": policy,
        "search.lanes": lanes,
        "sandbox.slots": slots,
        "sandbox.backend": sandbox,
        "sandbox.is_weak_allowed": allow_weak_sandbox or None,
        "confirm.seeds": confirm_seeds,
        "gates": approve or None,
        "budget.usd": budget,
        "workspace": workspace,
        "papers": papers,
        "paper.is_typeset": False if no_pdf else None,
    }
    raise typer.Exit(start(flags, as_json=as_json, engine=ctx.obj))


@app.command()
def resume(
    ctx: typer.Context,
    run: RunArgument,
    start_at: Annotated[
        str | None, typer.Option("--from", metavar="NODE", help="Do this stage and all after it again.")
    ] = None,
    study: Annotated[str | None, typer.Option(help="Study that --from means; the newest if not given.")] = None,
    is_alone: Annotated[bool, typer.Option("--only", help="With --from: that stage and nothing after it.")] = False,
    approve: Annotated[bool | None, typer.Option("--yes/--no", help="Answer to a run that waits for approval.")] = None,
    budget: Annotated[
        float | None, typer.Option(metavar="USD", help="Most that model calls of the whole run may cost from now on.")
    ] = None,
    tokens: Annotated[int | None, typer.Option(help="Most tokens of the whole run from now on; 0: no limit.")] = None,
    hours: Annotated[float | None, typer.Option(help="Most hours of the whole run from now on; 0: no limit.")] = None,
    gpu_hours: Annotated[
        float | None, typer.Option(help="Most GPU hours of the whole run from now on; 0: no limit.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Go on with a run where it stopped, or from a stage of it."""
    from agents.cli.inspect import workspace_of
    from agents.cli.session import resume as go_on
    from agents.run_folder import change_limits
    from agents.store.runs import find_run

    if start_at is None and (is_alone or study):
        raise typer.BadParameter("--only and --study need --from NODE")
    folder = find_run(workspace_of(workspace), run)
    change_limits(folder, {"usd": budget, "tokens": tokens, "hours": hours, "gpu_hours": gpu_hours})
    code = go_on(
        folder,
        start_at=start_at,
        study=study,
        is_alone=is_alone,
        approve=approve,
        as_json=as_json,
        engine=ctx.obj,
    )
    raise typer.Exit(code)


@app.command()
def status(run: RunArgument = "latest", workspace: WorkspaceOption = None, as_json: JsonFlag = False) -> None:
    """Say how a run stands."""
    from agents.cli.inspect import show_status, workspace_of

    show_status(workspace_of(workspace), run, as_json=as_json)


@app.command()
def cost(run: RunArgument = "latest", workspace: WorkspaceOption = None, as_json: JsonFlag = False) -> None:
    """Say what the model calls of a run cost, by stage, role and model."""
    from agents.cli.cost import show_cost
    from agents.cli.inspect import workspace_of

    show_cost(workspace_of(workspace), run, as_json=as_json)


@app.command("list")
def list_(workspace: WorkspaceOption = None, as_json: JsonFlag = False) -> None:
    """List the runs of the workspace."""
    from agents.cli.inspect import show_list, workspace_of

    show_list(workspace_of(workspace), as_json=as_json)


@app.command()
def show(
    run: RunArgument,
    experiment: Annotated[str | None, typer.Argument(metavar="EXPERIMENT", help="Its id, for example s1-0003.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Show the experiments and papers of a run, or one experiment."""
    from agents.cli.inspect import show_experiment, show_run, workspace_of

    if experiment is None:
        show_run(workspace_of(workspace), run, as_json=as_json)
    else:
        show_experiment(workspace_of(workspace), run, experiment, as_json=as_json)


@app.command()
def tree(
    run: RunArgument = "latest",
    study: Annotated[
        str | None, typer.Option(help="Study of the run, for example s1; the newest if not given.")
    ] = None,
    is_text: Annotated[bool, typer.Option("--text", help="Text in the terminal, as without any option.")] = False,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a picture.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page to look into every node.")] = None,
    lines: Annotated[int, typer.Option(min=0, help="Most nodes shown as text; 0 shows all.")] = 100,
    workspace: WorkspaceOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Show the search tree of a study."""
    from agents.cli.inspect import workspace_of
    from agents.cli.trees.show import show_tree

    if is_text and (svg or html):
        raise typer.BadParameter("--text goes without --svg and --html")
    show_tree(workspace_of(workspace), run, study, svg=svg, html=html, lines=lines, as_json=as_json)


@app.command()
def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN RUN", help="Names, beginnings of names, or paths.")],
    study: Annotated[str | None, typer.Option(help="Study of each run; the first if not given.")] = None,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the curves as a picture.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Compare what searches had found after as many experiments."""
    from agents.cli.inspect import workspace_of
    from agents.cli.trees.compare import show_comparison

    show_comparison(workspace_of(workspace), runs, study, svg=svg, as_json=as_json)


@app.command()
def templates(as_json: JsonFlag = False) -> None:
    """List the experiment templates."""
    from agents.cli.surroundings import show_templates

    show_templates(as_json=as_json)


@app.command()
def doctor(workspace: WorkspaceOption = None, as_json: JsonFlag = False) -> None:
    """Say what this machine has and lacks."""
    from agents.cli.inspect import workspace_of
    from agents.cli.surroundings import show_doctor

    raise typer.Exit(show_doctor(workspace_of(workspace), as_json=as_json))


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of a finished paper.")],
    as_json: JsonFlag = False,
) -> None:
    """Check a finished paper against its evidence."""
    from agents.cli.surroundings import show_verification

    raise typer.Exit(show_verification(folder, as_json=as_json))


@app.command()
def review(
    paper: Annotated[
        Path, typer.Argument(metavar="PAPER", help="PDF, LaTeX file or folder, .md or .txt, or .jsonl of parsed text.")
    ],
    evidence: Annotated[Path | None, typer.Option(metavar="FILE", help="The paper's evidence.json, if any.")] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="LiteLLM model string of a reviewer (repeatable); needs no key if none.")
    ] = None,
    reviewers: Annotated[
        int | None, typer.Option(min=1, max=20, help="Reviewers on the panel; 3 if not given.")
    ] = None,
    reflections: Annotated[
        int | None, typer.Option(min=0, max=10, help="Times each looks at its review again; 1 if not given.")
    ] = None,
    venue: Annotated[
        str, typer.Option(help="Rubric: neurips, iclr, icml, acl, workshop, journal, or a file of your own.")
    ] = "neurips",
    acceptance_rate: Annotated[
        float | None, typer.Option(metavar="RATE", help="Share of papers the venue accepts, for the probability.")
    ] = None,
    fitted: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Reviewer of `naturalist reviewer fit`; the shipped one if none."),
    ] = None,
    avoid: Annotated[
        list[str] | None, typer.Option(metavar="MODEL", help="Model that wrote the paper; it does not review it.")
    ] = None,
    row: Annotated[str | None, typer.Option("--id", metavar="ID", help="Which paper of a .jsonl.")] = None,
    budget: Annotated[float, typer.Option(metavar="USD", min=0, help="Most that model calls may cost.")] = 10.0,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the review there: .json as JSON, else as text.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Review a paper: anyone's, with no run and no key."""
    from agents.cli.reviewing.review import PanelOptions, show_review

    if not model and (reviewers is not None or reflections is not None):
        raise typer.BadParameter("--reviewers and --reflections need --model MODEL")
    if acceptance_rate is not None and not 0 < acceptance_rate < 1:
        raise typer.BadParameter("--acceptance-rate is a share between 0 and 1, for example 0.25")
    panel = PanelOptions(
        models=tuple(model or ()),
        reviewers=3 if reviewers is None else reviewers,
        reflections=1 if reflections is None else reflections,
        venue=venue,
        avoid=tuple(avoid or ()),
        budget_usd=budget,
    )
    show_review(
        paper, evidence, panel, row=row, acceptance_rate=acceptance_rate, fitted=fitted, out=out, as_json=as_json
    )


@app.command()
def models(
    model: Annotated[str | None, typer.Option(help="LiteLLM model string; that of naturalist.toml if none.")] = None,
    api_base: Annotated[
        str | None, typer.Option(metavar="URL", help="An OpenAI-compatible server of your own, for openai/... models.")
    ] = None,
    role: Annotated[list[str] | None, typer.Option(metavar="ROLE=MODEL", help="Model of a role (repeatable).")] = None,
    fallback: Annotated[
        list[str] | None, typer.Option(metavar="MODEL", help="Model asked when others fail (repeatable).")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Ask each model a word, and say what it can do and what is done without."""
    from agents.cli.inputs import models_by_role
    from agents.cli.models import show_models

    flags = {"model": model, "api_base": api_base, "models.fallback": fallback or None, **models_by_role(role or ())}
    raise typer.Exit(show_models(flags, as_json=as_json))


@app.command()
def record(
    run: RunArgument,
    out: Annotated[Path, typer.Option(metavar="FILE", help="File to write, for example run.zip.")],
    workspace: WorkspaceOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Write one file from which a run can be replayed anywhere, without its models."""
    from agents.cli.inspect import workspace_of
    from agents.cli.replay import record_run

    record_run(workspace_of(workspace), run, out, as_json=as_json)


@app.command()
def replay(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A run, or a file of `naturalist record`.")],
    data: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="Data that the recorded run was given (repeatable).")
    ] = None,
    repo: Annotated[Path | None, typer.Option(metavar="PATH", help="Code that the recorded run was given.")] = None,
    sandbox: Annotated[str | None, typer.Option(help="auto, docker, bubblewrap, process, or your own.")] = None,
    allow_weak_sandbox: Annotated[
        bool, typer.Option("--allow-weak-sandbox", help="Run a language model's code even where the sandbox is weak.")
    ] = False,
    workspace: WorkspaceOption = None,
    papers: Annotated[Path | None, typer.Option(help="Folder of finished papers.")] = None,
    no_pdf: Annotated[bool, typer.Option("--no-pdf", help="Write paper.tex only; needs no TeX.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Do a run again with the replies of its models as recorded: its experiments run, no model and no network."""
    from agents.cli.inspect import workspace_of
    from agents.cli.replay import replay_run

    given = {
        "data": data or None,
        "repo": repo,
        "papers": papers,
        "sandbox.backend": sandbox,
        "sandbox.is_weak_allowed": allow_weak_sandbox or None,
        "paper.is_typeset": False if no_pdf else None,
    }
    raise typer.Exit(replay_run(workspace_of(workspace), source, given, as_json=as_json, engine=ctx.obj))


app.add_typer(reviewer_app, name="reviewer")
app.add_typer(sandbox_app, name="sandbox")

if __name__ == "__main__":
    main()
