"""What came back from a model: text, refusal, tokens and price, read from a chat completion of any service."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from agents.llm.capabilities import Price
from agents.schema import Record


class Answer(Record):
    """A reply with what it took. `is_cut`: it ended at the token limit; `refusal` says why there is none."""

    text: str
    is_cut: bool
    refusal: str = ""
    tokens_in: int
    tokens_out: int
    cost_usd: float


def read_answer(completion: Mapping[str, Any], asked_tokens: int, price: Price) -> Answer:
    """Read a completion of OpenAI's protocol; raises ValidationError if it is none.

    `asked_tokens` stands in for the tokens read where the service does not count them.
    """
    reply = _Response.model_validate(completion)
    choice, usage = reply.choices[0], reply.usage or _Usage()
    tokens_in = usage.prompt_tokens or asked_tokens
    tokens_out = usage.completion_tokens or estimate_tokens(choice.message.text)
    return Answer(
        text=choice.message.text, is_cut=choice.finish_reason == "length", refusal=choice.refusal,
        tokens_in=tokens_in, tokens_out=tokens_out, cost_usd=tokens_in * price.usd_in + tokens_out * price.usd_out,
    )  # fmt: skip


def estimate_tokens(text: str) -> int:
    """Tokens of a text for a server that does not count them: a token is three bytes and more in most of them."""
    return -(-len(text.encode()) // 3)


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Usage(_Part):
    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)


class _Function(_Part):
    arguments: str = ""


class _ToolCall(_Part):
    function: _Function


class _Asides(_Part):
    refusal: str | None = None


class _Message(_Part):
    content: str | None = None
    tool_calls: list[_ToolCall] | None = None
    refusal: str | None = None
    provider_specific_fields: _Asides | None = None

    @property
    def text(self) -> str:
        """What was written, or what the tool that stands for the reply was called with."""
        said = self.tool_calls[0].function.arguments if self.tool_calls else self.content or ""
        return said.encode(errors="replace").decode()  # half a character, as a reply may hold, can be stored nowhere


class _Choice(_Part):
    message: _Message
    finish_reason: str | None = None

    @property
    def refusal(self) -> str:
        """Why there is no reply, in the model's or the service's words."""
        said = self.message.refusal or (self.message.provider_specific_fields or _Asides()).refusal
        is_filtered = self.finish_reason == "content_filter"
        return said or ("the service filtered the reply" if is_filtered else "")


class _Response(_Part):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None
