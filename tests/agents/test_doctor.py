"""The doctor tells the truth about a machine: real probes on real files and sockets, judgements on given findings."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from agents.doctor import (
    TEX_FILES,
    Check,
    examine,
    examine_sandboxes,
    judge_disk,
    judge_gpu,
    judge_keys,
    judge_machine,
    judge_python,
    judge_sandbox,
    judge_tex,
    judge_workspace,
    lacking_tex_files,
    list_gpus,
    probe_writing,
    require,
)
from agents.errors import ServiceError, UserError
from agents.sandbox.probe import Probe
from agents.settings import PaperSettings, SandboxSettings, Settings

ROOT = Path(__file__).parents[2]


def find(checks: tuple[Check, ...], name: str) -> Check:
    return next(check for check in checks if check.name == name)


def test_examination_names_everything_the_issue_asks_for(tmp_path: Path) -> None:
    names = [check.name for check in examine(tmp_path)]
    assert names == [
        "Python", "TeX", "API keys", "workspace", "disk", "CPU and memory", "GPU",
    ]  # fmt: skip


def test_every_check_says_what_a_lack_costs(tmp_path: Path) -> None:
    assert all(check.found and check.cost.endswith(".") for check in examine(tmp_path))


def test_every_check_that_is_not_ok_has_a_remedy(tmp_path: Path) -> None:
    assert all(check.remedy for check in examine(tmp_path) if check.status != "ok")


def test_examination_loads_nothing_heavy(tmp_path: Path) -> None:
    """It is done in well under a second, at the start of every run."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom agents.doctor import examine\nexamine(Path())\nprint(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not {"torch", "litellm", "langgraph", "matplotlib", "docker", "ray"} & set(done.stdout.split())


def test_examination_leaves_nothing_behind_and_makes_no_folder(tmp_path: Path) -> None:
    examine(tmp_path / "not" / "yet")
    assert list(tmp_path.iterdir()) == []


def test_workspace_that_is_a_file_is_refused_with_one_line(tmp_path: Path) -> None:
    place = tmp_path / "taken"
    place.write_text("x")
    with pytest.raises(UserError, match=r"workspace: cannot write in .*taken: .*--workspace") as caught:
        require(tuple(check for check in examine(place) if check.name == "workspace"))
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_workspace_without_write_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert find(examine(tmp_path), "workspace").status == "missing"


def test_workspace_on_a_read_only_file_system_is_refused() -> None:
    assert probe_writing(Path("/proc")) is not None


def test_workspace_with_a_name_too_long_is_examined_without_a_crash(tmp_path: Path) -> None:
    assert find(examine(tmp_path / ("x" * 5000)), "disk").status in ("ok", "warning", "missing")


@pytest.mark.parametrize(
    ("free_mb", "status"), [(0, "missing"), (199, "missing"), (200, "warning"), (1999, "warning"), (2000, "ok")]
)
def test_disk_space_has_two_thresholds(free_mb: int, status: str) -> None:
    assert judge_disk(free_mb, Path("/somewhere")).status == status


def test_full_disk_stops_a_run_before_it_starts() -> None:
    with pytest.raises(ServiceError, match=r"disk: 0.1 GB free at /somewhere; free at least 2 GB"):
        require((judge_disk(100, Path("/somewhere")),))


def test_old_python_stops_a_run() -> None:
    with pytest.raises(ServiceError, match=r"3.10.4"):
        require((judge_python((3, 10, 4)),))


def test_missing_tex_stops_a_run_that_wants_a_pdf() -> None:
    with pytest.raises(ServiceError, match=r"TeX: latexmk or pdflatex not found; install TeX .*is_typeset = false"):
        require((judge_tex(None, is_required=True),))


def test_missing_tex_does_not_stop_a_run_without_pdf(tmp_path: Path) -> None:
    settings = Settings(topic="t", paper=PaperSettings(is_typeset=False))
    assert not find(examine(tmp_path, settings), "TeX").is_required
    require((judge_tex(None, is_required=False),))


def test_set_up_looks_for_the_same_tex_files_as_the_doctor() -> None:
    script = (ROOT / "scripts" / "install_system.sh").read_text()
    assert set(re.findall(r"\w+\.sty", script)) == set(TEX_FILES)


def test_every_package_that_the_paper_loads_is_looked_for() -> None:
    style = (ROOT / "agents" / "paper" / "naturalist.sty").read_text()
    loaded = {name for group in re.findall(r"RequirePackage(?:\[.*\])?\{([^}]*)\}", style) for name in group.split(",")}
    in_every_tex = {"array", "graphicx", "longtable", "textcomp", "url"}
    assert {f"{name}.sty" for name in loaded - in_every_tex} <= set(TEX_FILES)


@pytest.mark.tex
def test_tex_package_that_is_not_there_is_named() -> None:
    assert lacking_tex_files("/usr/bin/latexmk", ("article.cls", "no-such.sty")) == ("no-such.sty",)


def test_tex_without_kpsewhich_lacks_everything(tmp_path: Path) -> None:
    assert lacking_tex_files(str(tmp_path / "latexmk"), ("no-such.sty",)) == ("no-such.sty",)


def test_keys_are_named_and_never_shown() -> None:
    check = judge_keys({"OPENAI_API_KEY": "sk-secret"}, "offline")
    assert "OPENAI_API_KEY" in check.found
    assert "secret" not in check.model_dump_json()


def test_no_key_is_fine_for_the_built_in_researcher() -> None:
    check = judge_keys({}, "offline")
    assert (check.status, check.found) == ("ok", "none: the built-in researcher will do the work")


@pytest.mark.parametrize("model", ["anthropic/claude-x", "claude-x"])
def test_model_without_its_key_stops_a_run(model: str) -> None:
    with pytest.raises(ServiceError, match=r"ANTHROPIC_API_KEY is not set, .*export ANTHROPIC_API_KEY"):
        require((judge_keys({"OPENAI_API_KEY": "x"}, model),))


def test_model_with_its_key_is_fine() -> None:
    assert judge_keys({"ANTHROPIC_API_KEY": "x"}, "anthropic/claude-x").status == "ok"


@pytest.mark.parametrize(
    ("environ", "model"),
    [({}, "ollama/llama3"), ({"OPENAI_BASE_URL": "http://localhost:1"}, "openai/qwen"), ({}, "mine")],
)
def test_models_that_need_no_known_key_are_let_through(environ: dict[str, str], model: str) -> None:
    assert judge_keys(environ, model).status == "ok"


def test_gpu_with_a_cpu_build_of_torch_is_a_warning() -> None:
    check = judge_gpu(("NVIDIA H200",), "2.13.0+cpu")
    assert check.status == "warning" and "CPU build" in check.found and check.remedy


def test_gpu_with_a_cuda_build_is_ok() -> None:
    assert judge_gpu(("NVIDIA H200",), "2.13.0+cu130").status == "ok"


def test_machine_without_gpu_is_ok() -> None:
    assert judge_gpu((), "2.13.0+cpu").status == "ok"


def test_gpus_are_listed_as_a_tuple_of_names() -> None:
    assert all(name and "UUID" not in name for name in list_gpus())


def test_little_memory_is_a_warning_with_a_remedy() -> None:
    check = judge_machine(2, 1900)
    assert check.status == "warning" and "sandbox.slots = 1" in check.remedy


def test_writable_workspace_is_ok(tmp_path: Path) -> None:
    assert judge_workspace(tmp_path, probe_writing(tmp_path)).status == "ok"


def test_every_sandbox_is_probed() -> None:
    checks = examine_sandboxes(SandboxSettings())
    assert [check.name for check in checks] == ["sandbox: docker", "sandbox: bubblewrap", "sandbox: process"]
    docker, process = checks[0], checks[-1]
    assert docker.status == "warning" and "no engine answers" in docker.found
    assert process.status == "ok" and process.details
    assert process.found.startswith("works")


def test_a_sandbox_that_leaves_something_open_is_called_weak() -> None:
    check = judge_sandbox("bubblewrap", Probe(open=("reach the network",)), "")
    assert (check.status, check.found) == ("warning", "works, but is weak: a program in it can reach the network")


def test_a_sandbox_that_does_not_work_says_why_and_what_to_do() -> None:
    check = judge_sandbox("docker", None, "no engine answers")
    assert (
        check.status == "warning" and "no engine answers" in check.found and "start the Docker engine" in check.remedy
    )


def test_a_sandbox_that_holds_says_what_was_tried() -> None:
    check = judge_sandbox("bubblewrap", Probe(open=()), "", ("network: none",))
    assert check.status == "ok" and "could not read your files, nor write your files" in check.found
    assert check.details == ("network: none",)


def test_good_machine_passes() -> None:
    require((judge_disk(5000, Path("/")), judge_python((3, 12, 0)), judge_keys({}, "offline")))
