"""One polite question to a web service: paced, bounded in time and size, redirected nowhere. Failures are one line."""

import json
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agents import __version__
from agents.errors import ServiceError
from agents.literature.pace import Pace

if TYPE_CHECKING:
    import ssl

    import httpx

MOST_BYTES = 8 * 2**20
LONGEST_REST_S = 600.0
PATIENCE_S = 10.0
_SECOND_TRY_S = 2.0
_BUSY = frozenset({429, 500, 502, 503, 504})


class Fetcher:
    """Asks one service. `headers` may hold its key, which no message ever shows.

    A service that is busy is asked a second time if it may be within two seconds; otherwise it rests for as long as it
    says, ten minutes at most, and whoever asks in that time is refused without a request.
    """

    def __init__(
        self,
        base_url: str,
        *,
        interval_s: float,
        timeout_s: float = 12.0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._host = urlsplit(base_url).netloc
        self._timeout_s = timeout_s
        self._headers = {"User-Agent": user_agent(), **(headers or {})}
        self._pace = Pace(interval_s)

    def get_json(self, path: str, params: Mapping[str, str]) -> Any:
        raw = self.get(path, params)
        try:
            return json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise ServiceError(f"{self._host} answered something that is not JSON", retryable=True) from error

    def get(self, path: str, params: Mapping[str, str]) -> bytes:
        """The body of a good answer; raises ServiceError for any other, within about the time-out and the patience."""
        began = time.monotonic()
        try:
            return self._ask(path, params)
        except _Busy as busy:
            if busy.wait_s > _SECOND_TRY_S or time.monotonic() - began > PATIENCE_S / 2:
                raise
        return self._ask(path, params)

    def _ask(self, path: str, params: Mapping[str, str]) -> bytes:
        import httpx

        self._pace.take_turn(PATIENCE_S)
        ends = time.monotonic() + self._timeout_s
        try:
            with (
                httpx.Client(timeout=self._timeout_s, headers=self._headers, verify=_tls()) as client,
                client.stream("GET", f"{self._base_url}{path}", params=dict(params)) as answer,
            ):
                self._check(answer)
                return self._read(answer, ends)
        except httpx.TimeoutException as error:
            raise ServiceError(f"{self._host} did not answer within {self._timeout_s:g} s", retryable=True) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise ServiceError(f"cannot reach {self._host}: {reason}", retryable=True) from error

    def _check(self, answer: "httpx.Response") -> None:
        if answer.status_code == 200:
            return
        message = f"{self._host} answered HTTP status {answer.status_code}"
        if answer.status_code in _BUSY:
            wait_s = _retry_after(answer.headers.get("retry-after", ""))
            self._pace.rest(wait_s)
            raise _Busy(message, wait_s)
        if answer.status_code in {401, 403}:
            message += "; check its key"
        if answer.is_redirect:
            message += ", a redirect, which is not followed"
        raise ServiceError(message)

    def _read(self, answer: "httpx.Response", ends: float) -> bytes:
        body = bytearray()
        for chunk in answer.iter_bytes():
            body += chunk
            if len(body) > MOST_BYTES:
                raise ServiceError(f"{self._host} answered more than {MOST_BYTES // 2**20} MB")
            if time.monotonic() > ends:  # one that drips keeps each read short, so the time of all counts
                raise ServiceError(f"{self._host} did not finish within {self._timeout_s:g} s", retryable=True)
        return bytes(body)


class _Busy(ServiceError):
    def __init__(self, message: str, wait_s: float) -> None:
        super().__init__(message, retryable=True)
        self.wait_s = wait_s


@cache
def _tls() -> "ssl.SSLContext":
    """Reading the list of authorities takes longer than many a question."""
    import httpx

    return httpx.create_ssl_context()


def user_agent() -> str:
    """Who asks, with an address of the user's if NATURALIST_MAILTO holds one: services serve those better."""
    mailto = find_mailto()
    return f"naturalist/{__version__}" + (f" (mailto:{mailto})" if mailto else "")


def find_mailto() -> str:
    address = os.environ.get("NATURALIST_MAILTO", "").strip()
    return address if "@" in address and address.isascii() and address.isprintable() and " " not in address else ""


def find_key(name: str) -> str:
    """The key in an environment variable, "" if there is none that a header can carry."""
    key = os.environ.get(name, "").strip()
    return key if key.isascii() and key.isprintable() else ""


def _retry_after(text: str) -> float:
    """Seconds to rest: as the header says in seconds or as a date, one second without it, within the bound."""
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            seconds = 1.0
    return min(max(seconds, 0.0), LONGEST_REST_S) if seconds == seconds else 1.0
