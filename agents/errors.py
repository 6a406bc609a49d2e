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
    """A model gave no usable reply to a task: neither it nor the repair fits, or its service will not hear the task.

    Another question may still go well.
    """


class Interrupted(NaturalistError):
    """The run was asked to stop (Ctrl-C, SIGTERM); everything finished is on disk."""

    exit_code = 130


_BUDGETS = {
    "usd": ("USD", "--budget"),
    "tokens": ("tokens", "--tokens"),
    "hours": ("hours", "--hours"),
    "gpu_hours": ("GPU hours", "--gpu-hours"),
}


class BudgetExceeded(NaturalistError):
    """A limit set by the user is used up, or leaves less than the next step may take (`wanted`)."""

    def __init__(
        self, kind: Literal["usd", "tokens", "hours", "gpu_hours"], used: float, limit: float, wanted: float = 0.0
    ) -> None:
        unit, option = _BUDGETS[kind]
        need = f", the next step may take {wanted:,.3g}" if wanted else ""
        self.what = f"the budget of {limit:,.10g} {unit} is used up ({used:,.6g} spent or set aside{need})"
        super().__init__(f"{self.what}; raise it with {option} and resume the run")
        self.kind: Literal["usd", "tokens", "hours", "gpu_hours"] = kind
        self.used = used
        self.limit = limit
        self.wanted = wanted
