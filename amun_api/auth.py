"""Who may speak to the API, and from where.

Loopback needs no token: clients of the prior system send none. So that no web page can drive the
service of the person who looks at it, a request must name a host of ours (a foreign name that
resolves to 127.0.0.1 is refused) and must not come from a page of another origin.
"""

from __future__ import annotations

import hmac
import ipaddress
import stat
from functools import lru_cache
from pathlib import Path

import structlog
from flask import Request

from amun_api.errors import ForeignRequestError, UnauthenticatedError
from amun_core.errors import SettingsError
from amun_core.settings import Settings

logger = structlog.get_logger("amun_api")

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
#: A prober has no token; what these answer is no secret.
OPEN_PATHS = frozenset({"/healthz", "/readyz", "/liveness", "/readiness"})
_MINIMUM_TOKEN_CHARACTERS = 16
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def is_loopback(host: str) -> bool:
    """True where nobody but this machine reaches an API bound to `host`."""
    bare = host.strip("[]")
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def read_tokens(path: Path) -> tuple[bytes, ...]:
    """The tokens of a token file: one a line, empty lines and lines with # left out."""
    try:
        text = path.read_text(encoding="utf-8")
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"AMUN_API_TOKEN_FILE: cannot read {path}: {error}") from None
    lines = (line.strip() for line in text.splitlines())
    tokens = tuple(line.encode() for line in lines if line and not line.startswith("#"))
    if not tokens:
        raise SettingsError(f"AMUN_API_TOKEN_FILE: {path} holds no token")
    if any(len(token) < _MINIMUM_TOKEN_CHARACTERS for token in tokens):
        raise SettingsError(
            f"AMUN_API_TOKEN_FILE: a token in {path} is shorter than "
            f"{_MINIMUM_TOKEN_CHARACTERS} characters",
            hint="python3 -c 'import secrets; print(secrets.token_urlsafe(32))'",
        )
    if stat.S_IMODE(mode) & 0o077:
        logger.warning(
            "other users of this machine may read the token file",
            action="token_file_open",
            path=str(path),
            hint=f"chmod 600 {path}",
        )
    return tokens


def check_binding(settings: Settings) -> None:
    """Refuse to listen beyond loopback where nobody would be asked for a token."""
    if is_loopback(settings.host) or settings.api_token_file is not None:
        return
    raise SettingsError(
        f"AMUN_HOST: the API does not listen on {settings.host!r} without authentication",
        hint="set AMUN_API_TOKEN_FILE to a file with one bearer token a line, or AMUN_HOST to 127.0.0.1",
    )


class Guard:
    """Checks of every request, before anything else is looked at."""

    def __init__(self, settings: Settings) -> None:
        self.tokens = read_tokens(settings.api_token_file) if settings.api_token_file else ()
        bound = settings.host.strip("[]").lower()
        self.any_address = bound in {"0.0.0.0", "::", ""}
        own = set() if self.any_address else {bound}
        self.public = frozenset(name.lower() for name in settings.public_hosts)
        self.names = _LOOPBACK_NAMES | own | self.public
        self.host_is_ours = lru_cache(maxsize=256)(self._host_is_ours)

    def check(self, request: Request) -> None:
        """Raises ForeignRequestError or UnauthenticatedError."""
        headers = request.environ
        host = headers.get("HTTP_HOST", "")
        if not self.host_is_ours(host):
            raise ForeignRequestError(
                "the Host header names a host that this service does not answer to",
                hint="add the name to AMUN_PUBLIC_HOSTS if it is meant to be one",
            )
        origin = headers.get("HTTP_ORIGIN")
        if origin is not None and not same_origin(origin, host):
            raise ForeignRequestError("a page of another origin may not use this service")
        if headers.get("HTTP_SEC_FETCH_SITE", "none") not in {"none", "same-origin"}:
            raise ForeignRequestError("a page of another site may not use this service")
        if self.tokens and request.path not in OPEN_PATHS:
            self._check_token(headers.get("HTTP_AUTHORIZATION", ""))

    def _check_token(self, authorization: str) -> None:
        scheme, _, credential = authorization.partition(" ")
        # headers arrive as latin-1 text; a token is compared as the bytes that were sent
        sent = credential.strip().encode("latin-1", "replace")
        # every token is compared in full: time tells nothing about which one was close
        matches = [hmac.compare_digest(sent, token) for token in self.tokens]
        if scheme.lower() != "bearer" or not any(matches):
            raise UnauthenticatedError(
                "this service needs a bearer token"
                if not authorization
                else "the token is not valid",
                hint="send the header Authorization: Bearer TOKEN",
                headers={"WWW-Authenticate": 'Bearer realm="amun"'},
            )

    def _host_is_ours(self, host: str) -> bool:
        lowered = host.lower()
        name, port = split_host(lowered)
        if name is None or not (port == "" or (port.isascii() and port.isdigit())):
            return False
        if name in self.names or lowered in self.public:
            return True
        # A page can make a name of its own point here, but never an address: where the API is
        # bound to every address, an address in the Host header is one of this machine.
        return self.any_address and _is_address(name)


def split_host(host: str) -> tuple[str | None, str]:
    """Name and port of a Host header; the name is None where it is malformed."""
    if host.startswith("["):
        name, bracket, rest = host[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            return None, ""
        return name, rest[1:]
    name, _, port = host.partition(":")
    return name or None, port


def same_origin(origin: str, host: str) -> bool:
    """True where an Origin header names the host that the Host header names."""
    scheme, separator, authority = origin.lower().partition("://")
    if not separator or scheme not in _DEFAULT_PORTS:
        return False
    default = _DEFAULT_PORTS[scheme]
    name, port = split_host(authority)
    own_name, own_port = split_host(host.lower())
    return name is not None and (name, port or default) == (own_name, own_port or default)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
