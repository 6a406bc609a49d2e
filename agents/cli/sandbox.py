"""`naturalist sandbox`: the images that the docker sandbox starts containers from."""

import sys
from pathlib import Path
from typing import Annotated

import typer

JsonFlag = Annotated[bool, typer.Option("--json", help="Write JSON instead of text.")]
BUILD_S = 3600.0

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Build, list and remove the images of the docker sandbox."
)


@app.command()
def build(
    template: Annotated[
        list[str] | None,
        typer.Option(help="Take in this template's requirements.txt, a name or a folder (repeatable); of all if none."),
    ] = None,
    cuda: Annotated[bool, typer.Option("--cuda", help="A torch for NVIDIA GPUs; larger by gigabytes.")] = False,
    from_host: Annotated[
        bool, typer.Option("--from-host", help="Copy this machine's Python instead; needs Linux and no registry.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Build the image that experiments run in."""
    from agents.cli.console import say, say_json
    from agents.cli.text import clean
    from agents.sandbox.containers.build import build_image, copy_host
    from agents.sandbox.containers.engine import Engine
    from agents.sandbox.containers.pack import choose_folders
    from agents.sandbox.containers.recipe import write_recipe

    if from_host and (cuda or template):
        raise typer.BadParameter("--from-host copies what is there; --cuda and --template are for the Dockerfile")
    engine = Engine(timeout_s=BUILD_S)

    def tell(line: str) -> None:
        if not as_json:
            say(clean(line))

    try:
        if from_host:
            built = copy_host(engine, choose_folders(), Path(sys.executable), tell)
        else:
            built = build_image(engine, write_recipe(_folders(template), has_cuda=cuda), tell)
    finally:
        engine.close()
    if as_json:
        say_json(built._asdict())
    else:
        say(f"{built.name}: {built.size_mb:.0f} MB; the docker sandbox takes it from now on")


@app.command("list")
def list_(as_json: JsonFlag = False) -> None:
    """List the images that were built, and what containers are left."""
    from agents.cli.console import say_json, say_table
    from agents.sandbox.containers.engine import Engine
    from agents.sandbox.containers.stock import list_images

    engine = Engine()
    try:
        images = list_images(engine)
    finally:
        engine.close()
    if as_json:
        say_json([image._asdict() for image in images])
        return
    rows = [(", ".join(image.names), f"{image.size_mb:.0f} MB", image.made) for image in images]
    say_table(("image", "size", "built"), rows, "image")


@app.command()
def prune(as_json: JsonFlag = False) -> None:
    """Remove every image but the one in use, and containers whose run is dead."""
    from agents.cli.console import say, say_json
    from agents.sandbox.containers.engine import Engine
    from agents.sandbox.containers.labels import sweep
    from agents.sandbox.containers.stock import prune_images

    engine = Engine()
    try:
        containers, images = sweep(engine), prune_images(engine)
    finally:
        engine.close()
    if as_json:
        say_json({"containers": containers, "images": images})
    else:
        say(f"removed {len(images)} image{'s' * (len(images) != 1)} and {containers} left containers")


def _folders(names: list[str] | None) -> list[Path]:
    from templates import find_template, list_templates

    found = [find_template(name) for name in names] if names else list_templates()
    return [template.path for template in found]
