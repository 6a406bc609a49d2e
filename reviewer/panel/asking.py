"""One question to a model, with one round of repair for a reply that does not fit."""

from typing import TypeVar

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
        schema = form.model_json_schema()
        reply = model.complete(question, system=prompts.system, temperature=temperature, schema=schema)
        replies.append(reply)
        return read_reply(reply, form)

    try:
        return answer(prompt)
    except ReplyMalformed as error:
        sent = replies[0] if replies else "(it was cut off and is not shown)"
        return answer(prompts.repair(prompt, sent or "(nothing)", str(error)))
