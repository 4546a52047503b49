"""The service's API as methods. Every error of the service becomes a typed error of ours."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import Any, Self
from urllib.parse import quote

import requests

from amun_client.discovery import Server
from amun_client.errors import (
    AnswerNotUnderstoodError,
    ServerUnreachableError,
    ServiceRefusedError,
)
from amun_client.hints import in_commands
from amun_core.errors import Fault

#: To connect, and between two bytes of the answer.
TIMEOUT_SECONDS = (3.05, 30.0)
#: Waits before the second, third and fourth try.
RETRY_WAITS_SECONDS = (0.1, 0.5, 1.0)

_COMPARISONS = "/api/v1/comparisons"
_HOSTS = "/api/v1/hosts"
_STACKS = "/api/v1/stacks"
_SWEEPS = "/api/v1/sweeps"

Document = dict[str, Any]


class Client:
    """One server's API."""

    def __init__(
        self,
        server: Server,
        *,
        token: str | None = None,
        timeout_seconds: tuple[float, float] = TIMEOUT_SECONDS,
        retry_waits_seconds: tuple[float, ...] = RETRY_WAITS_SECONDS,
    ) -> None:
        self.server = server
        self._timeout = timeout_seconds
        self._waits = retry_waits_seconds
        self._session = requests.Session()
        if server.local:
            # this machine is reached without a proxy and without the credentials of a netrc file
            self._session.trust_env = False
        self._session.headers["Accept"] = "application/json"
        self._session.headers["User-Agent"] = f"amun/{metadata.version('amun-service')}"
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    # inspections

    def submit(self, specification: Mapping[str, Any], *, key: str | None = None) -> Document:
        """Submit a specification. The idempotency key makes a repeated try harmless."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self._json(
            "POST", "/api/v1/inspections", json=specification, headers=headers, repeatable=True
        )

    def inspection(self, identity: str) -> Document:
        """One inspection by id or unique prefix."""
        return self._json("GET", _path(identity))

    def page(self, **filters: Any) -> Document:
        """One page of inspections, newest first."""
        wanted = {name: value for name, value in filters.items() if value not in (None, (), [])}
        return self._json("GET", "/api/v1/inspections", params=wanted)

    def specification(self, identity: str) -> Document:
        """What was asked for, redacted."""
        return self._json("GET", _path(identity, "specification"))

    def plan(self, identity: str) -> Document:
        """How it is carried out, redacted."""
        return self._json("GET", _path(identity, "plan"))

    def log(self, identity: str) -> Iterator[Document]:
        """The chunks of the log written so far, in order."""
        after = 0
        while True:
            page = self.log_page(identity, after=after)
            yield from page["chunks"]
            if not page["chunks"] or page["next_after"] == after:
                return
            after = page["next_after"]

    def log_page(self, identity: str, *, after: int = 0) -> Document:
        """Chunks beyond the offset `after`, and the offset to go on from."""
        return self._json("GET", _path(identity, "log"), params={"after": after})

    def runs(self, identity: str, *, samples: bool = False) -> Document:
        """All runs; with `samples` every iteration of each."""
        wanted = {"samples": "true"} if samples else {}
        return self._json("GET", _path(identity, "runs"), params=wanted)

    def results(self, identity: str) -> Document:
        """The result as far as there is one."""
        return self._json("GET", _path(identity, "results"))

    def cancel(self, identity: str) -> Document:
        """Ask that the inspection ends."""
        return self._json("POST", _path(identity, "cancel"), json={}, repeatable=True)

    # comparisons

    def compare(self, request: Mapping[str, Any], *, key: str | None = None) -> Document:
        """Ask for a comparison or a calibration."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self._json("POST", _COMPARISONS, json=request, headers=headers, repeatable=True)

    def comparison(self, identity: str) -> Document:
        """One comparison by id or unique prefix."""
        return self._json("GET", _path(identity, base=_COMPARISONS))

    def comparisons(self, **filters: Any) -> Document:
        """One page of comparisons, newest first."""
        wanted = {name: value for name, value in filters.items() if value is not None}
        return self._json("GET", _COMPARISONS, params=wanted)

    def comparison_blocks(self, identity: str) -> Document:
        """The blocks measured so far."""
        return self._json("GET", _path(identity, "blocks", base=_COMPARISONS))

    def cancel_comparison(self, identity: str) -> Document:
        """Ask that the comparison ends."""
        path = _path(identity, "cancel", base=_COMPARISONS)
        return self._json("POST", path, json={}, repeatable=True)

    # sweeps

    def sweep(self, request: Mapping[str, Any], *, key: str | None = None) -> Document:
        """Ask for a sweep."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self._json("POST", _SWEEPS, json=request, headers=headers, repeatable=True)

    def check_sweep(self, request: Mapping[str, Any]) -> Document:
        """Whether a sweep would be accepted; nothing is begun."""
        return self._json("POST", "/api/v1/sweep-checks", json=request, repeatable=True)

    def sweeps(self, **filters: Any) -> Document:
        """One page of sweeps, newest first."""
        wanted = {name: value for name, value in filters.items() if value is not None}
        return self._json("GET", _SWEEPS, params=wanted)

    def one_sweep(self, identity: str, part: str = "") -> Document:
        """One sweep by id or unique prefix; its `members` or `results`."""
        return self._json("GET", _path(identity, part, base=_SWEEPS))

    def change_sweep(self, identity: str, wish: str) -> Document:
        """Wish that a sweep is `pause`d, `resume`d or `cancel`led."""
        return self._json("POST", _path(identity, wish, base=_SWEEPS), json={}, repeatable=True)

    # stacks

    def ask_about_stacks(
        self, verb: str, request: Mapping[str, Any], *, key: str | None = None
    ) -> Document:
        """Ask about the space of valid stacks."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        path = f"{_STACKS}/{verb}"
        return self._json("POST", path, json=request, headers=headers, repeatable=True)

    def stack_question(self, identity: str) -> Document:
        """A question about stacks with its answer, or how far it is."""
        return self._json("GET", _path(identity, base=f"{_STACKS}/questions"))

    def summaries(self, **filters: Any) -> Document:
        """Statistics over the inspections that pass the filters, grouped by a label."""
        return self._json("GET", "/api/v1/summaries", params=filters)

    # the rest

    def hosts(self) -> Document:
        """Every host that has measured, with its calibrations."""
        return self._json("GET", _HOSTS)

    def host(self, identity: str) -> Document:
        """One host."""
        return self._json("GET", _path(identity, base=_HOSTS))

    def service(self) -> Document:
        """The processes of the service, as they last spoke."""
        return self._json("GET", "/api/v1/service")

    def ready(self) -> tuple[bool, str | None]:
        """Whether inspections are taken and worked on, and if not, why."""
        response = self._send("GET", "/readyz", repeatable=True)
        if response.ok:
            return True, None
        return False, str(_refusal(response))

    def indicators(self) -> Document:
        """Every indicator the service has."""
        return self._json("GET", "/api/v1/indicators")

    # sending

    def _json(
        self, method: str, path: str, *, repeatable: bool = False, **options: Any
    ) -> Document:
        response = self._send(method, path, repeatable=repeatable or method == "GET", **options)
        if not response.ok:
            raise _refusal(response)
        try:
            document = response.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise AnswerNotUnderstoodError(
                f"{self.server.url} answered {response.status_code} to {path}, but not with a JSON object",
                hint="is it an Amun server?",
            )
        return document

    def _send(
        self, method: str, path: str, *, repeatable: bool, **options: Any
    ) -> requests.Response:
        waits = iter(self._waits if repeatable else ())
        while True:
            try:
                # a redirect could carry the token elsewhere
                return self._session.request(
                    method,
                    self.server.url + path,
                    timeout=self._timeout,
                    allow_redirects=False,
                    **options,
                )
            except (requests.ConnectionError, requests.Timeout) as error:
                wait = next(waits, None)
                if wait is None:
                    raise _unreachable(self.server, error) from None
                time.sleep(wait)


def _path(identity: str, part: str = "", *, base: str = "/api/v1/inspections") -> str:
    path = f"{base}/{quote(identity, safe='')}"
    return f"{path}/{part}" if part else path


def _unreachable(server: Server, error: requests.RequestException) -> ServerUnreachableError:
    slow = isinstance(error, requests.Timeout)
    hint = (
        "`amun status` says what runs; `amun up` starts it again"
        if server.found
        else f"is the address right? {server.origin} names it"
    )
    return ServerUnreachableError(
        f"{server.url} ({server.origin}) " + ("answers too slowly" if slow else "does not answer"),
        hint=hint,
    )


def _refusal(response: requests.Response) -> ServiceRefusedError | AnswerNotUnderstoodError:
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict) or not isinstance(problem.get("code"), str):
        return AnswerNotUnderstoodError(
            f"{response.url} answered {response.status_code}, and not as Amun does",
            hint="is it an Amun server, and of this version?",
        )
    faults = [
        Fault(
            str(fault.get("pointer", "")),
            str(fault.get("message", "")),
            _hint(fault.get("hint")),
        )
        for fault in problem.get("errors") or ()
        if isinstance(fault, dict)
    ]
    return ServiceRefusedError(
        str(problem.get("detail") or problem.get("title") or "refused"),
        code=problem["code"],
        status=response.status_code,
        faults=faults,
        hint=_hint(problem.get("hint")),
        request_id=problem.get("request_id"),
    )


def _hint(told: object) -> str | None:
    return None if told is None else in_commands(str(told))
