"""What can go wrong with a panel. A model that fails is missing from it; only a panel without anybody is an error."""

from typing import ClassVar

from reviewer.errors import ReviewerError


class PanelError(ReviewerError):
    """No review came of it."""


class ModelFailed(PanelError):
    """A model gave nothing that can be used; `kind` says in a word or two what became of it."""

    kind: ClassVar[str] = "failed"


class ModelTimedOut(ModelFailed):
    kind: ClassVar[str] = "timed out"


class ModelRefused(ModelFailed):
    kind: ClassVar[str] = "refused"


class ReplyMalformed(ModelFailed):
    """The reply does not fit the form; the text says what is wrong, for the model to mend."""

    kind: ClassVar[str] = "malformed"


class ReplyCut(ReplyMalformed):
    """The reply ended at the token limit."""

    kind: ClassVar[str] = "cut off"
