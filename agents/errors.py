"""Every error that Naturalist raises on purpose. A failed experiment is not one of them: it is an Outcome."""

from typing import Literal


class NaturalistError(Exception):
    """Root of all deliberate errors; `str(error)` is one line that a person can act on."""

    exit_code = 1


class UserError(NaturalistError):
    """Something the user gave cannot be used; the message says what came, what was expected, what to do."""

    exit_code = 2


class ServiceError(NaturalistError):
    """A service (model, literature, sandbox, TeX, disk) failed; `retryable` tells whether trying again may help."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class CannotSee(ServiceError):
    """A task comes with images, and no model that may answer it sees them."""


class ReplyRejected(ServiceError):
    """A model answered, but neither its reply nor the repair fits the task; another question may still go well."""


class Interrupted(NaturalistError):
    """The run was asked to stop (Ctrl-C, SIGTERM); everything finished is on disk."""

    exit_code = 130


class BudgetExceeded(NaturalistError):
    """A limit set by the user is used up."""

    def __init__(self, kind: Literal["usd", "tokens", "hours", "gpu_hours"], used: float, limit: float) -> None:
        super().__init__(f"budget of {limit:g} {kind} is used up ({used:g}); raise it with --budget and resume the run")
        self.kind = kind
        self.used = used
        self.limit = limit
