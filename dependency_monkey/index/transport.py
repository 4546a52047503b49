"""One way to ask an index: bounded connections, retries with growing pauses, bounded answers."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from amun_core.errors import SettingsError
from amun_core.redaction import redact_url
from dependency_monkey.index.access import AccessBook
from dependency_monkey.index.errors import (
    IndexAnswerError,
    IndexUnreachableError,
    TooLargeError,
)
from dependency_monkey.index.sent import Sent, Terms
from dependency_monkey.index.turns import LAST, Turns

#: At once, to one index: enough to keep a core busy, few enough to be welcome.
CONNECTIONS = 48
#: Besides those, while their answers are late.
LATE_CONNECTIONS = 24
#: At the very beginning.
FIRST_CONNECTIONS = 8
TRIES = 6
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 10.0
LONGEST_ASKED_PAUSE_SECONDS = 60.0
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=20, sock_read=60)

_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
#: Another try would go the same way.
_FINAL = (aiohttp.TooManyRedirects, aiohttp.InvalidURL)


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is 200, 206, 304, 404, 410, 416 or another final word; `url` is where it came from.

    `seconds` are those from the request to the last byte, without the wait for a turn.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    seconds: float


_SENT: ContextVar[Sent] = ContextVar("_SENT")


class _Connector(aiohttp.TCPConnector):
    """Notes when a request has its connection, and so goes out."""

    async def connect(self, *arguments: Any, **options: Any) -> aiohttp.connector.Connection:
        """A connection from the pool, or a new one."""
        connection = await super().connect(*arguments, **options)
        _SENT.get().now()
        return connection


class NoLongerWantedError(Exception):
    """What was waiting for its turn was not asked: meanwhile it had become useless."""


@dataclass
class Counts:
    """What was asked: requests in all, those tried again, bytes received."""

    requests: int = 0
    retries: int = 0
    bytes: int = 0
    by_status: dict[int, int] = field(default_factory=dict)


class Transport:
    """Asks by HTTP. Use it as an asynchronous context."""

    def __init__(
        self,
        *,
        connections: int = CONNECTIONS,
        ca_bundle: Path | None = None,
        client_certificate: Path | None = None,
        access: AccessBook | None = None,
        tries: int = TRIES,
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
        timeout: aiohttp.ClientTimeout = TIMEOUT,
    ) -> None:
        self.counts = Counts()
        self.access = access or AccessBook()
        self._connections = connections
        self._ca_bundle = ca_bundle
        self._client_certificate = client_certificate
        self._tries = tries
        self._first_pause_seconds = first_pause_seconds
        self._timeout = timeout
        self._turns = Turns(connections, FIRST_CONNECTIONS, beyond=LATE_CONNECTIONS)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = _Connector(
            limit=self._connections + LATE_CONNECTIONS,
            ssl=self._context(),
            ttl_dns_cache=600,
            keepalive_timeout=30,
        )
        # netrc and proxies are looked up by the access book: aiohttp would do so for each request
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=self._timeout,
            trust_env=False,
            auto_decompress=True,
            cookie_jar=aiohttp.DummyCookieJar(),  # an index needs none
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    def _context(self) -> ssl.SSLContext | bool:
        if self._ca_bundle is None and self._client_certificate is None:
            return True  # those of this host, which aiohttp has read already
        try:
            context = ssl.create_default_context(cafile=self._ca_bundle)
            if self._client_certificate is not None:
                context.load_cert_chain(self._client_certificate)
        except (OSError, ssl.SSLError) as error:
            raise SettingsError(f"the certificates cannot be read: {error}") from None
        return context

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        maximum_bytes: int,
        order: int = LAST,
        terms: Terms | None = None,
    ) -> Answer:
        """The answer, whatever it says; IndexUnreachableError where there is none after all tries.

        TooLargeError at once for a body of more than `maximum_bytes`. Of those who wait for a
        connection the one of the smallest `order` goes first. NoLongerWantedError where the `terms`
        say so when its turn has come.
        """
        pause, trouble = self._first_pause_seconds, ""
        for attempt in range(self._tries):
            if attempt:
                self.counts.retries += 1
                await asyncio.sleep(pause * random.uniform(0.75, 1.25))  # noqa: S311 - spreads a crowd
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            try:
                async with self._turns.one(order) as leave:
                    if terms is not None and not terms.wanted():
                        raise NoLongerWantedError
                    answer = await self._timed(url, headers, maximum_bytes, terms, leave)
            except _FINAL as error:
                raise IndexAnswerError(
                    f"{redact_url(url)} leads nowhere: {type(error).__name__}"
                ) from None
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                trouble = _short(error)
                continue
            if answer.status == 401 and await asyncio.to_thread(self.access.ask_keyring, url):
                continue
            if answer.status not in _TRY_AGAIN:
                return answer
            trouble = f"status {answer.status}"
            pause = max(pause, _asked_pause(answer))
        raise IndexUnreachableError(
            f"{redact_url(url)}: no answer after {self._tries} tries ({trouble})",
            hint="check the network, the proxy and the certificates; what was fetched is kept",
        )

    async def _timed(
        self,
        url: str,
        headers: Mapping[str, str] | None,
        maximum_bytes: int,
        terms: Terms | None,
        leave: Callable[[], None],
    ) -> Answer:
        """While an answer is late its place is another's."""
        sent = Sent(terms, leave)
        try:
            return await self._once(url, headers, maximum_bytes, sent)
        finally:
            sent.answered()

    async def _once(
        self, url: str, headers: Mapping[str, str] | None, maximum_bytes: int, sent: Sent
    ) -> Answer:
        if self._session is None:
            raise RuntimeError("the transport is not open")
        _SENT.set(sent)
        self.counts.requests += 1
        access = self.access.of(url)
        if access.authorization is not None:
            # aiohttp drops it where a redirection leads to another server
            headers = {**(headers or {}), "Authorization": access.authorization}
        async with self._session.get(
            url, headers=headers, ssl=access.verify_ssl, proxy=access.proxy
        ) as response:
            self.counts.by_status[response.status] = (
                self.counts.by_status.get(response.status, 0) + 1
            )
            body = await _bounded(response, maximum_bytes, url)
            self.counts.bytes += len(body)
            return Answer(response.status, str(response.url), response.headers, body, sent.seconds)


async def _bounded(response: aiohttp.ClientResponse, maximum_bytes: int, url: str) -> bytes:
    announced = response.content_length
    if announced is not None and announced > maximum_bytes:
        response.close()
        raise _too_large(url, maximum_bytes)
    chunks, size = [], 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > maximum_bytes:
            response.close()
            raise _too_large(url, maximum_bytes)
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large(url: str, maximum_bytes: int) -> TooLargeError:
    return TooLargeError(f"{redact_url(url)}: the answer is larger than {maximum_bytes} bytes")


def _short(error: Exception) -> str:
    """What went wrong, without the addresses that aiohttp puts into its messages."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"{type(error).__name__}: {error.os_error.strerror or error.os_error}"
    if isinstance(error, aiohttp.ClientResponseError):
        return f"{type(error).__name__}: {error.message}"
    return f"{type(error).__name__}: {redact_url(str(error))}"


def _asked_pause(answer: Answer) -> float:
    asked = answer.headers.get("Retry-After", "")
    return min(float(asked), LONGEST_ASKED_PAUSE_SECONDS) if asked.isdecimal() else 0.0
