"""One tree of settings: resolved once when a run is made, stored in its settings.toml, then read from there alone."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.errors import UserError
from agents.schema import Gpus, Resources


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class ModelSettings(_Section):
    """Models by role, each a list of LiteLLM strings; an empty one takes `model`. The first is asked; where it fails
    the next steps in. Of several for `code` the search chooses one for each experiment."""

    ideas: tuple[str, ...] = ()
    """Models that propose and refine ideas."""
    code: tuple[str, ...] = ()
    """Models that write experiments; the search chooses between several."""
    analysis: tuple[str, ...] = ()
    """Models that read results."""
    figures: tuple[str, ...] = ()
    """Models that look at figures; they need to see images."""
    writing: tuple[str, ...] = ()
    """Models that write papers."""
    review: tuple[str, ...] = ()
    """Models on the panel that reviews papers beside the built-in reviewer; empty reviews without a panel."""
    judge: tuple[str, ...] = ()
    """Models that judge novelty, evaluators and citations."""
    fallback: tuple[str, ...] = ()
    """Models asked when all of a role have failed."""
    prices: dict[str, tuple[float, float]] = {}
    """US dollars per million tokens read and written, for models that LiteLLM has no price of."""
    timeout_s: float = Field(default=600.0, gt=0)
    """Most seconds that one reply may take."""
    max_tokens: int = Field(default=16_384, ge=256)
    """Most tokens that one reply may have; a longer one is continued."""
    tries: int = Field(default=5, ge=1, le=50)
    """Times a model is asked before the next one is."""


class FreeSettings(_Section):
    """Research without a template: the model writes the experiments, and their evaluator, frozen before the first."""

    is_on: bool = False
    """Do without a template."""
    reflections: int = Field(default=2, ge=0, le=10)
    """Times each idea is looked at again, with the literature at hand."""
    attempts: int = Field(default=4, ge=1, le=20)
    """Times the evaluator and the first working version may be mended before the idea is given up."""
    timeout_s: float = Field(default=300.0, gt=0)
    """Wall-clock limit of one experiment in seconds."""
    memory_mb: int = Field(default=4096, gt=0)
    """Memory of one experiment."""
    disk_mb: int = Field(default=256, gt=0)
    """What one experiment may write."""
    cpus: int = Field(default=1, gt=0)
    """Threads of one experiment."""
    gpus: Gpus = 1.0
    """What one experiment uses where there are GPUs: a share of one or whole ones."""
    seeds: int = Field(default=10, ge=3, le=1000)
    """Fresh seeds of the confirmation, unless confirm.seeds says otherwise."""
    pilot_seeds: int = Field(default=3, ge=0, le=20)
    """Seeds on which the baseline runs in full before a design is frozen, each within timeout_s; nought for none."""

    @property
    def resources(self) -> Resources:
        """What one experiment needs."""
        return Resources(cpus=self.cpus, memory_mb=self.memory_mb, gpus=self.gpus)


class SearchSettings(_Section):
    policy: str = "portfolio"
    """Search policy: a known name (see docs/search.md) or a dotted path of your own."""
    options: dict[str, bool | int | float | str] = {}
    """Options of the policy, by the names in docs/search.md."""
    is_staged: bool = True
    """Go by stages (docs/stages.md): first make something work, then tune, then search; measure the best again last."""
    models: tuple[str, ...] = ()
    """LiteLLM model strings that the search chooses between for each experiment; empty takes `model` for all."""
    usd_per_hour: float = Field(default=0.1, ge=0)
    """What an hour of one experiment is worth in US dollars, to weigh time against the price of model calls."""
    experiments: int = Field(default=12, ge=2, le=100_000)
    """Experiments the search may run per idea, the baseline included."""
    lanes: int = Field(default=0, ge=0, le=1024)
    """Search lanes working at once; 0 takes one per execution slot, but no more than a quarter of the experiments, or a
    sixth where a language model proposes."""
    lag: int = Field(default=0, ge=0)
    """A choice sees the results of all nodes at least this many before it and of no others, so that timing cannot
    change a run; 0 takes twice the number of lanes, or as many as there are lanes if a language model proposes."""


class ConfirmSettings(_Section):
    seeds: int = Field(default=0, ge=0, le=1000)
    """Fresh seeds for the confirmation, paired between the arms; 0 takes the template's own number."""
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    """Family-wise error rate of the registered test, shared by all nodes that the search tried."""


class SandboxSettings(_Section):
    backend: str = "auto"
    """Sandbox that experiments run in: auto (the strongest that works here), docker, bubblewrap, process, or a dotted
    path of your own."""
    is_weak_allowed: bool = False
    """Let code that a language model wrote run in the process sandbox, which shuts off less than the others."""
    image: str = ""
    """Image of the docker sandbox; empty takes what `naturalist sandbox build` made, or else this machine's Python."""
    slots: int = Field(default=0, ge=0, le=1024)
    """Experiments that run at once; 0 takes as many as fit: by their share of a GPU, else by cores, and by memory."""
    gpus: tuple[str, ...] | None = None
    """Ids of the GPUs to use; unset takes what is found, an empty list none."""
    timeout_factor: float = Field(default=1.0, gt=0)
    """Multiplies every template's wall-clock limit, for machines slower than the author's."""


class ExecutorSettings(_Section):
    name: str = "local"
    """Where experiments run: a known name (local, ray, slurm) or a dotted path of your own."""
    address: str = ""
    """Address of a Ray cluster; empty takes the one that RAY_ADDRESS names, or starts one on this machine."""
    options: dict[str, str | int | float] = {}
    """What else the executor is told: SLURM parameters as submitit calls them (partition, account, timeout_min)."""


class StoreSettings(_Section):
    url: str = ""
    """SQLAlchemy URL of a PostgreSQL database without its password (that comes from PGPASSWORD or ~/.pgpass); empty
    keeps journal and checkpoints in files of the run folder."""


class BudgetSettings(_Section):
    usd: float = Field(default=10.0, ge=0)
    """Most that model calls of one run may cost, in US dollars."""
    tokens: int = Field(default=0, ge=0)
    """Most tokens that model calls of one run may read and write together; 0 sets no limit."""
    hours: float = Field(default=0.0, ge=0)
    """Most hours of wall clock that the sessions of one run may take together; 0 sets no limit."""
    gpu_hours: float = Field(default=0.0, ge=0)
    """Most hours that the experiments of one run may hold GPUs; 0 sets no limit."""


class PaperSettings(_Section):
    is_typeset: bool = True
    """Typeset the paper to PDF; without TeX set it to false and get paper.tex only."""
    repairs: int = Field(default=2, ge=0, le=10)
    """Times the writer may mend what check_paper found."""


class Settings(_Section):
    topic: str
    """The question to study."""
    brief: str = ""
    """What there is to know of the topic beyond the question: keywords, a summary, an abstract."""
    template: str | None = None
    """Experiment template; unset takes the nearest to the topic."""
    model: str = "offline"
    """LiteLLM model string, or "offline" for the built-in researcher that needs no key."""
    api_base: str = ""
    """Address of an OpenAI-compatible server of your own, which serves every model named "openai/..."."""
    ideas_file: Path | None = None
    """Ideas given by a person, as the AI Scientist writes them (JSON); the researcher proposes none of its own."""
    data: tuple[Path, ...] = ()
    """Files and folders of your own that experiments may read."""
    repo: Path | None = None
    """Folder of your own code to start from."""
    replay: Path | None = None
    """Recording whose replies answer in place of models."""
    seed: int = Field(default=0, ge=0)
    """Seed of every random choice in the run."""
    generations: int = Field(default=2, ge=1, le=1000)
    """Times round the loop choose, study, write, review."""
    ideas: int = Field(default=6, ge=1, le=100)
    """Ideas proposed at the start."""
    follow_ups: int = Field(default=2, ge=0, le=20)
    """New ideas for each later generation, which follow on from what the finished studies found; 0 asks for none.
    With ideas of a person there are none."""
    ideas_at_once: int = Field(default=1, ge=1, le=16)
    """Ideas studied side by side in each generation."""
    gates: tuple[Literal["idea", "paper"], ...] = ()
    """Points where the run waits for a person's approval."""
    literature: tuple[str, ...] = ()
    """Literature sources asked: known names (docs/literature.md) or dotted paths; empty asks the template's own
    bibliography, and with a language model also semantic_scholar, openalex, arxiv and crossref."""
    library: tuple[Path, ...] = ()
    """Your own publications to search: BibTeX files, folders of PDFs, Zotero exports."""
    workspace: Path = Path("workspace")
    """Folder of the run folders."""
    papers: Path = Path("papers")
    """Folder of finished papers."""
    models: ModelSettings = ModelSettings()
    free: FreeSettings = FreeSettings()
    search: SearchSettings = SearchSettings()
    confirm: ConfirmSettings = ConfirmSettings()
    sandbox: SandboxSettings = SandboxSettings()
    executor: ExecutorSettings = ExecutorSettings()
    store: StoreSettings = StoreSettings()
    budget: BudgetSettings = BudgetSettings()
    paper: PaperSettings = PaperSettings()


def resolve_settings(flags: Mapping[str, Any], project_file: Path = Path("naturalist.toml")) -> Settings:
    """Merge defaults, then `naturalist.toml` where there is one, then command-line flags (None means not given).

    Nested settings are given by dotted keys, "search.experiments". Raises UserError naming the first bad setting.
    """
    tree: dict[str, Any] = _read_toml(project_file) if project_file.exists() else {}
    for key, value in flags.items():
        if value is not None:
            _set_dotted(tree, key, value)
    return _validated(tree)


def load_settings(path: Path) -> Settings:
    """Read the settings of an existing run."""
    return _validated(_read_toml(path))


def parse_settings(text: str, source: Path) -> Settings:
    """Read settings from a text; `source` is where it came from, for the error."""
    try:
        return _validated(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"cannot read settings in {source}: {error}") from error


def change_settings(settings: Settings, flags: Mapping[str, Any]) -> Settings:
    """The settings with others put in their place, by dotted keys (None means not given). Raises UserError."""
    tree = settings.model_dump(exclude_none=True)
    for key, value in flags.items():
        if value is not None:
            _set_dotted(tree, key, value)
    return _validated(tree)


def dump_settings(settings: Settings) -> str:
    """Settings as TOML; unset options are left out."""
    return tomli_w.dumps(settings.model_dump(mode="json", exclude_none=True))


def _set_dotted(tree: dict[str, Any], key: str, value: Any) -> None:
    *parents, leaf = key.split(".")
    for parent in parents:
        tree = tree.setdefault(parent, {})
    tree[leaf] = value


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"cannot read settings {path}: {error}") from error


def _validated(tree: dict[str, Any]) -> Settings:
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UserError(f"setting {where}: {first['msg']} (got {first.get('input')!r})") from error
