"""`models`: asks each model of the settings a word, and says what it can do and what Naturalist does without."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from agents.cli.console import say, say_json
from agents.cli.text import clean, dollars, duration
from agents.errors import NaturalistError
from agents.llm.access import check_model
from agents.llm.capabilities import LESSONS, Capabilities, Lessons, Parameter, Price
from agents.llm.endpoint import Answer, Endpoint, Message
from agents.llm.failures import ParameterRefused
from agents.llm.team import OFFLINE, base_of, named_models
from agents.schema import Record
from agents.settings import Settings, resolve_settings

TIMEOUT_S = 20.0
REPLY_TOKENS = 256
"""Enough for a word from a model that thinks a little first; a server of one's own stops by itself."""
_PING: list[Message] = [{"role": "user", "content": 'Reply with this JSON and nothing else: {"word": "ready"}'}]
_SCHEMA = {"type": "object", "properties": {"word": {"enum": ["ready"]}}, "required": ["word"]}
_AT_ONCE = 8


class ModelReport(Record):
    """What a model said and can do. `problem` is why it does not answer, "" if it does; `without` what is done where it
    lacks something, `remembered` what runs had found it to refuse, which is forgotten as soon as it answers anew."""

    model: str
    address: str = ""
    problem: str = ""
    wall_s: float = 0.0
    cost_usd: float = 0.0
    can: Capabilities = Capabilities()
    without: tuple[str, ...] = ()
    remembered: tuple[Parameter, ...] = ()


def show_models(flags: Mapping[str, Any], *, as_json: bool) -> int:
    """Print a report of each model in the project's settings and these flags; 1 if one of them does not answer."""
    settings = resolve_settings({"topic": "-", **flags})
    names = named_models(settings)
    lessons = Lessons(settings.workspace / LESSONS)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        reports = list(pool.map(partial(try_model, settings=settings, lessons=lessons), names))
    if as_json:
        say_json([report.model_dump(mode="json") for report in reports])
    else:
        for report in reports:
            for line in _lines(report):
                say(line)
    return int(any(report.problem for report in reports))


def try_model(name: str, settings: Settings, lessons: Lessons) -> ModelReport:
    """Ask a model for a word, once, with a time-out, as if nothing were known of it; the built-in researcher is not
    asked."""
    if name == OFFLINE:
        return ModelReport(model=name, can=Capabilities(price=Price(is_known=True), is_listed=True))
    address = base_of(name, settings)
    about = ModelReport(model=name, address=address or "")
    now, is_seeing = Lessons(), name in settings.models.figures
    try:
        check_model(name, address)
        endpoint = Endpoint(name, address, TIMEOUT_S, REPLY_TOKENS, settings.models.prices, now, is_seeing=is_seeing)
        remembered = lessons.refused(endpoint.address)
        report = _ask(endpoint, about.model_copy(update={"remembered": remembered}))
        lessons.renew(endpoint.address, now.refused(endpoint.address))
        return report
    except NaturalistError as error:
        return about.model_copy(update={"problem": str(error)})


def _ask(endpoint: Endpoint, about: ModelReport) -> ModelReport:
    begun = time.monotonic()
    answer = _complete(endpoint)
    can = endpoint.capabilities
    update = {"wall_s": time.monotonic() - begun, "cost_usd": answer.cost_usd, "can": can, "without": _without(can)}
    return about.model_copy(update=update)


def _complete(endpoint: Endpoint) -> Answer:
    while True:
        try:
            return endpoint.complete(_PING, _SCHEMA, 0.0)
        except ParameterRefused:
            continue  # each parameter is refused once, and left out from then on


def _without(can: Capabilities) -> tuple[str, ...]:
    """What Naturalist does where a model lacks something, a line each."""
    found = {
        "no JSON schema: the reply's form stands in the prompt, and a reply that does not fit goes back once": (
            can.structured == "text"
        ),
        "no images: figures are checked by rules alone": not can.sees_images,
        "no known price: its calls count as free, so --budget does not hold them; give its price in [models.prices], "
        "or a limit by --tokens": not can.price.is_known,
        "no known context length: a prompt that is too long is refused by the service": can.context_tokens is None,
    }
    return tuple(line for line, is_lacking in found.items() if is_lacking)


def _lines(report: ModelReport) -> Iterator[str]:
    where = f" at {report.address}" if report.address else ""
    if report.model == OFFLINE:
        yield "offline: the built-in researcher, which is no language model and needs no key"
    elif report.problem:
        yield f"{clean(report.model + where)}: does not answer: {clean(report.problem)}"
    else:
        cost = f", {dollars(report.cost_usd)}" if report.can.price.is_known else ""
        yield f"{clean(report.model + where)}: answers, in {duration(report.wall_s)}{cost}"
        for name, value in _abilities(report.can):
            yield f"  {name:<18} {value}"
        if report.remembered:
            yield f"  {'was remembered':<18} takes no {', '.join(report.remembered)}; now asked anew"
        for line in report.without:
            yield f"  {'without':<18} {line}"


def _abilities(can: Capabilities) -> Iterator[tuple[str, str]]:
    forms = {"schema": "by JSON schema", "tool": "by a tool call", "text": "by the prompt alone"}
    yield "structured output", forms[can.structured]
    yield "images", "yes" if can.sees_images else "no" if can.is_listed or "images" in can.refused else "not known"
    yield "context", _tokens(can.context_tokens)
    yield "longest reply", _tokens(can.reply_tokens)
    usd_in, usd_out = can.price.usd_in * 1e6, can.price.usd_out * 1e6
    yield "price", f"${usd_in:g} read, ${usd_out:g} written per million tokens" if can.price.is_known else "not known"
    if can.refused:
        yield "does not take", ", ".join(can.refused)


def _tokens(count: int | None) -> str:
    return f"{count:,} tokens" if count else "not known"
