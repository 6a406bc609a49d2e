"""Whether models can be asked at all, found out without asking: LiteLLM knows their provider, and their key is set."""

from agents.errors import UserError
from agents.llm.library import load_litellm
from agents.llm.team import OFFLINE, base_of, named_models
from agents.settings import Settings


def check_models(settings: Settings) -> None:
    """Raise UserError for the first model that has no provider or no key. Nothing is sent anywhere."""
    if settings.replay is None:
        for name in named_models(settings):
            if name != OFFLINE:
                check_model(name, base_of(name, settings))


def check_model(name: str, api_base: str | None) -> None:
    """Raise UserError if the model named has no provider or no key. A server of one's own needs neither."""
    litellm = load_litellm()
    try:
        litellm.get_llm_provider(name, api_base=api_base)
    except Exception as error:  # LiteLLM raises several types for a name that it cannot read
        raise UserError(
            f"model {name!r}: LiteLLM knows no provider of that name; write PROVIDER/MODEL, for example "
            "anthropic/claude-sonnet-4-5, or openai/MODEL with the --api-base of a server of your own"
        ) from error
    missing = () if api_base else missing_keys(name)
    if missing:
        raise UserError(
            f"model {name} needs a key: set {' or '.join(missing)} in the environment, or choose another model"
        )


def missing_keys(name: str) -> tuple[str, ...]:
    """Variables of the environment that hold a model's key, if none is set.

    Addresses and regions do not count: those have defaults, or a cloud's own sign-in knows them.
    """
    missing: list[str] = load_litellm().validate_environment(name)["missing_keys"]
    return tuple(key for key in missing if key.endswith(("_API_KEY", "_TOKEN")))
