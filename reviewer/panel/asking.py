"""One question to a model, with one round of repair for a reply that does not fit."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from reviewer.panel.errors import ReplyMalformed
from reviewer.panel.form import FormPart
from reviewer.panel.model import Model
from reviewer.panel.prompts import Prompts
from reviewer.panel.replies import read_reply

F = TypeVar("F", bound=FormPart)


def ask(model: Model, temperature: float, prompts: Prompts, prompt: str, form: type[F]) -> F:
    """Return the filled form. Raises ModelFailed or a subclass: ReplyMalformed only after the repair did not fit."""
    replies: list[str] = []

    def answer(question: str) -> F:
        reply = model.complete(question, system=prompts.system, temperature=temperature, schema=_schema(form))
        replies.append(reply)
        return read_reply(reply, form)

    try:
        return answer(prompt)
    except ReplyMalformed as error:
        sent = replies[0] if replies else "(it was cut off and is not shown)"
        return answer(prompts.repair(prompt, sent or "(nothing)", str(error)))


@cache
def _schema(form: type[FormPart]) -> Mapping[str, Any]:
    return form.model_json_schema()
