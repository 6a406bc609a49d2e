import io
import sys
import tarfile
from pathlib import Path
from threading import Event as Flag

import pytest

from agents.errors import ServiceError, UserError
from agents.sandbox.borrowed import interpreter_folders, system_folders
from agents.sandbox.containers import host, pack
from agents.sandbox.containers.build import build_image, copy_host
from agents.sandbox.containers.engine import Engine
from agents.sandbox.containers.recipe import write_recipe
from agents.sandbox.containers.stock import list_images, prune_images
from agents.sandbox.docker import DockerSandbox
from tests.agents.sandbox.programs import python

PYTHON = Path(sys.executable).resolve()
NEEDED = ("ld-*", "libc", "libm", "libdl", "libpthread", "libutil", "librt", "libz", "libffi", "libexpat")
LIBRARY = Path(sys.base_prefix, "lib", f"python{sys.version_info.major}.{sys.version_info.minor}")


def silent(_line: str) -> None:
    """Progress is for people."""


def test_the_skeleton_is_small_and_always_the_same() -> None:
    assert len(host.make_skeleton()) < 40_000
    assert host.make_skeleton() == host.make_skeleton()


def test_the_skeleton_has_a_temporary_folder_for_all() -> None:
    with tarfile.open(fileobj=io.BytesIO(host.make_skeleton())) as tar:
        assert tar.getmember("tmp").mode == 0o1777
        assert tar.getmember("proc").isdir()


def test_the_interpreters_folders_hold_this_interpreter() -> None:
    folders = (*system_folders(), *interpreter_folders())
    for path in (Path(sys.executable), PYTHON):
        assert any(path.is_relative_to(folder) for folder in folders)


def test_a_recipe_takes_in_a_templates_requirements(tmp_path: Path) -> None:
    plain, more = write_recipe([], has_cuda=False), tmp_path / "template"
    more.mkdir()
    (more / "requirements.txt").write_text("gymnasium>=1.0\n\n")
    recipe = write_recipe([more, tmp_path], has_cuda=False)
    assert recipe.files["requirements.txt"].endswith("torch\ngymnasium>=1.0\n")
    assert "numpy==" in recipe.files["constraints.txt"]
    assert recipe.tag != plain.tag == write_recipe([], has_cuda=False).tag != write_recipe([], has_cuda=True).tag


def test_a_build_without_a_registry_names_the_other_way(docker_engine: str) -> None:
    engine = Engine(docker_engine)
    with pytest.raises(ServiceError, match="naturalist sandbox build --from-host") as caught:
        build_image(engine, write_recipe([], has_cuda=False), silent)
    engine.close()
    assert "\n" not in str(caught.value)


def test_a_packed_tree_is_readable_and_harmless(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir(mode=0o700)
    (tmp_path / "in" / "tool").write_text("#!/bin/sh\n")
    (tmp_path / "in" / "tool").chmod(0o4700)
    (tmp_path / "in" / "link").symlink_to("tool")
    with (tmp_path / "out.tar").open("wb") as file:
        pack.pack([tmp_path / "in"], file)
    with tarfile.open(tmp_path / "out.tar") as tar:
        tool = tar.getmember(str(tmp_path / "in" / "tool").lstrip("/"))
        assert (tool.mode, tool.uid) == (0o755, 0)
        assert tar.getmember(str(tmp_path / "in" / "link").lstrip("/")).issym()


def test_an_environment_in_a_place_that_sandboxes_empty_is_refused(docker_engine: str) -> None:
    engine = Engine(docker_engine)
    with pytest.raises(UserError, match="make the environment elsewhere"):
        copy_host(engine, [], Path("/tmp/venv/bin/python"), silent)
    engine.close()


@pytest.mark.heavy
def test_an_image_of_this_machine_runs_python(docker_engine: str, tmp_path: Path) -> None:
    """A small one: the libraries that the interpreter loads, itself, the standard library without packages."""
    engine = Engine(docker_engine)
    places = (*Path("/usr/lib").glob("*-linux-gnu"), Path("/usr/lib64"))
    small = [path for place in places for name in NEEDED for path in sorted(place.glob(f"{name}.so*"))]
    shared = sorted(Path(sys.base_prefix, "lib").glob("libpython*"))
    standard = [path for path in sorted(LIBRARY.iterdir()) if path.name not in ("site-packages", "test")]
    built = copy_host(engine, [*small, *shared, PYTHON, *standard], PYTHON, silent)
    assert 10 < built.size_mb < 1000
    sandbox = DockerSandbox("", docker_engine)
    command = python(tmp_path, "import sys\nprint(sys.executable, sys.version_info[:2])")
    assert sandbox.run(command, Flag()).status == "ok"
    assert command.stdout.read_text() == f"{PYTHON} {sys.version_info[:2]}\n"
    sandbox.close()
    assert built.name in [name for image in list_images(engine) for name in image.names]
    engine.api.remove_image("naturalist:latest")
    assert built.name in prune_images(engine)
    engine.close()
