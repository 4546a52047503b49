"""The user's script: inline text, or an https address read within bounds.

The address must not lead into the host's own networks. The name is resolved once, every address
found is checked, and the connection goes to the checked address itself (the certificate is still
checked against the name), so that a second, different answer of the name server changes nothing.
Where the environment names a proxy for the address, the proxy resolves the name: then only what
this host itself can resolve is checked.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from amun_core.errors import AttemptFailedError
from amun_core.redaction import redact_url
from amun_core.states import FailureReason

MAXIMUM_SCRIPT_BYTES = 1024 * 1024
FETCH_SECONDS = 20.0
#: Longest silence of the server, s.
READ_SECONDS = 5.0
MAXIMUM_REDIRECTS = 5

_CHUNK = 65536
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

#: (host, port) -> addresses, as text.
Resolver = Callable[[str, int], list[str]]


class _RefusedError(Exception):
    """The script is not read; the message says why."""


def is_address(script: str) -> bool:
    """True where `script` is an address rather than the text of a script."""
    text = script.strip()
    return "\n" not in text and text.lower().startswith(("https://", "http://"))


def address_refused(address: str) -> str | None:
    """Why no connection is made to this IP address; None where it is a public one."""
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(
        address.partition("%")[0]
    )
    if isinstance(ip, ipaddress.IPv6Address):
        # an IPv4 address in the clothes of IPv6 leads to the same place
        embedded = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if embedded is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            embedded = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if embedded is not None:
            return address_refused(str(embedded))
    if ip.is_multicast or not ip.is_global:
        return f"{address} is not a public address"
    return None


def resolve(host: str, port: int) -> list[str]:
    """Every address of `host`, in the order of the name service."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class ScriptSource:
    """Reads scripts; the fields are what the environment decides."""

    resolver: Resolver = resolve
    ca_bundle: Path | None = None
    proxies: Mapping[str, str] = field(default_factory=getproxies)
    seconds: float = FETCH_SECONDS

    def text(self, script: str) -> str:
        """The text of `script`, fetched if it is an address. SCRIPT_NOT_FETCHED if it cannot be."""
        if not is_address(script):
            return script
        url = script.strip()
        try:
            return self._fetch(url)
        except (_RefusedError, OSError, urllib3.exceptions.HTTPError, ValueError) as error:
            raise AttemptFailedError(
                FailureReason.SCRIPT_NOT_FETCHED,
                f"the script at {redact_url(url)} could not be read: {_said(error)}",
                hint="Send the script inline, or put it at a public https address.",
            ) from None

    def _fetch(self, url: str) -> str:
        deadline = time.monotonic() + self.seconds
        credentials = _credentials(urlsplit(url))
        origin = urlsplit(url).hostname
        for _ in range(MAXIMUM_REDIRECTS + 1):
            parts = urlsplit(url)
            headers = {"Accept-Encoding": "identity", "User-Agent": "amun"}
            if credentials and parts.hostname == origin:
                headers["Authorization"] = credentials
            response = self._request(parts, headers, deadline)
            try:
                if response.status in _REDIRECTS:
                    url = urljoin(url, response.headers.get("Location", ""))
                    continue
                if response.status != 200:
                    raise _RefusedError(f"the server answered {response.status}")
                return _decode(_body(response, deadline))
            finally:
                response.close()
        raise _RefusedError(f"more than {MAXIMUM_REDIRECTS} redirects")

    def _request(
        self, parts: SplitResult, headers: dict[str, str], deadline: float
    ) -> urllib3.BaseHTTPResponse:
        host = parts.hostname
        if parts.scheme != "https":
            raise _RefusedError("only https addresses are read")
        if not host:
            raise _RefusedError("the address names no host")
        port = parts.port or 443
        pool, target = self._pool(host, port, parts)
        response: urllib3.BaseHTTPResponse = pool.urlopen(
            "GET",
            target,
            headers={"Host": parts.netloc.rpartition("@")[2], **headers},
            redirect=False,
            retries=False,
            preload_content=False,
            decode_content=False,
            timeout=urllib3.Timeout(total=_left(deadline), read=min(READ_SECONDS, _left(deadline))),
        )
        return response

    def _pool(
        self, host: str, port: int, parts: SplitResult
    ) -> tuple[urllib3.HTTPConnectionPool, str]:
        """Where to connect, and what to ask for there."""
        context = ssl.create_default_context(cafile=str(self.ca_bundle) if self.ca_bundle else None)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        proxy = self.proxies.get("https") or self.proxies.get("all")
        if proxy and not proxy_bypass(host):
            self._checked(host, port, proxied=True)
            proxy_url = proxy if "://" in proxy else f"http://{proxy}"
            manager = urllib3.ProxyManager(proxy_url, ssl_context=context)
            return manager.connection_from_host(host, port, scheme="https"), target
        address = self._checked(host, port, proxied=False)[0]
        pool = urllib3.HTTPSConnectionPool(
            address, port, ssl_context=context, server_hostname=host, assert_hostname=host
        )
        return pool, target

    def _checked(self, host: str, port: int, *, proxied: bool) -> list[str]:
        """The addresses of `host`, each of them public."""
        try:
            addresses = self.resolver(host, port)
        except (OSError, UnicodeError):
            if proxied:  # a host behind a proxy often resolves no outside name
                return []
            raise _RefusedError(f"the name {host!r} is not known") from None
        for address in addresses:
            refused = address_refused(address)
            if refused:
                raise _RefusedError(f"{host}: {refused}")
        if not addresses and not proxied:
            raise _RefusedError(f"the name {host!r} has no address")
        return addresses


def _body(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    """The body, no larger than the bound and no later than the deadline."""
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise _RefusedError("the server sent a compressed answer that was not asked for")
    content = b""
    # read1 returns what one packet brought: a server that drips bytes cannot outlast the deadline
    while chunk := response.read1(_CHUNK):
        content += chunk
        if len(content) > MAXIMUM_SCRIPT_BYTES:
            raise _RefusedError(f"it is larger than {MAXIMUM_SCRIPT_BYTES} bytes")
        _left(deadline)
    return content


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise _RefusedError("it is not UTF-8 text") from None


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise _RefusedError("it took too long")
    return left


def _credentials(parts: SplitResult) -> str | None:
    """The Authorization header of an address with a user in it."""
    if parts.username is None:
        return None
    user, password = unquote(parts.username), unquote(parts.password or "")
    return urllib3.make_headers(basic_auth=f"{user}:{password}")["authorization"]


def _said(error: Exception) -> str:
    """The error in a few words, without the address (it may carry credentials)."""
    if isinstance(error, _RefusedError):
        return str(error)
    if isinstance(error, urllib3.exceptions.TimeoutError | TimeoutError):
        return "it took too long"
    if isinstance(error, urllib3.exceptions.SSLError | ssl.SSLError):
        return "the server's certificate is not trusted"
    return f"the connection failed ({type(error).__name__})"
