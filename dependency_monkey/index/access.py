"""How an index is reached: certificates, proxies, and credentials, found once for each server.

Credentials come from the address of a source, else from netrc, else - where a server asks for them -
from the keyring, if the library `keyring` is there. They are in no log, no cache and no snapshot.
"""

from __future__ import annotations

import base64
import importlib
import netrc
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from amun_core.errors import SettingsError

_PORTS = {"http": 80, "https": 443}
#: Addresses of so many servers are taken apart once.
_SERVERS = 1024


@dataclass(frozen=True, slots=True)
class Access:
    """How one server is asked."""

    verify_ssl: bool = True
    authorization: str | None = field(default=None, repr=False)
    user: str | None = None
    proxy: str | None = None
    asked_keyring: bool = False


@dataclass
class AccessBook:
    """Knows for each server how it is asked. `proxies` are scheme -> address, "all" for any."""

    proxies: Mapping[str, str] = field(default_factory=dict)
    no_proxy: str = ""
    netrc_path: Path | None = None
    trusted_hosts: frozenset[str] = frozenset()
    _known: dict[str, Access] = field(default_factory=dict)
    _netrc: netrc.netrc | None = field(default=None, init=False)

    def of(self, url: str) -> Access:
        """How the server of this address is asked."""
        origin = origin_of(url)
        found = self._known.get(origin)
        if found is None:
            found = self._known[origin] = self._looked_up(url)
        return found

    def tell(
        self, url: str, *, verify_ssl: bool = True, credentials: tuple[str, str] | None = None
    ) -> None:
        """Say of a server what a source says of it."""
        found = self.of(url)
        found = replace(found, verify_ssl=found.verify_ssl and verify_ssl)
        self._known[origin_of(url)] = _authorized(found, credentials)

    def ask_keyring(self, url: str) -> bool:
        """Whether the keyring has credentials that were not tried yet. May wait for a person."""
        found = self.of(url)
        if found.asked_keyring:
            return False
        credentials = _from_keyring(url, found.user)
        found = replace(found, asked_keyring=True)
        self._known[origin_of(url)] = _authorized(found, credentials)
        return credentials is not None

    def _looked_up(self, url: str) -> Access:
        parts = urlsplit(url)
        host = parts.hostname or ""
        named = f"{host}:{parts.port}" if parts.port else host
        access = Access(
            verify_ssl=not ({host, named} & self.trusted_hosts),
            proxy=self._proxy(parts.scheme, named),
        )
        return _authorized(access, self._from_netrc(host))

    def _proxy(self, scheme: str, host: str) -> str | None:
        if _bypasses(host, self.no_proxy):
            return None
        return self.proxies.get(scheme) or self.proxies.get("all")

    def _from_netrc(self, host: str) -> tuple[str, str] | None:
        if self.netrc_path is None:
            return None
        if self._netrc is None:
            try:
                self._netrc = netrc.netrc(self.netrc_path)
            except netrc.NetrcParseError as error:
                # its own message may quote the line
                raise SettingsError(
                    f"{self.netrc_path.name}, line {error.lineno}, is not understood"
                ) from None
            except OSError as error:
                raise SettingsError(
                    f"{self.netrc_path.name} cannot be read: {error.strerror}"
                ) from None
        found = self._netrc.authenticators(host)
        if found is None:
            return None
        login, account, password = found
        return login or account or "", password or ""


def origin_of(url: str) -> str:
    """Scheme, host and port: what certificates and credentials belong to."""
    return _origin("/".join(url.split("/", 3)[:3]))


@lru_cache(_SERVERS)
def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or _PORTS.get(parts.scheme, 0)}"


def without_credentials(url: str) -> tuple[str, tuple[str, str] | None]:
    """An address without user and password, and these."""
    parts = urlsplit(url)
    if parts.username is None and parts.password is None:
        return url, None
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return bare, (unquote(parts.username or ""), unquote(parts.password or ""))


def _authorized(access: Access, credentials: tuple[str, str] | None) -> Access:
    if credentials is None:
        return access
    encoded = base64.b64encode(":".join(credentials).encode()).decode()
    return replace(access, authorization=f"Basic {encoded}", user=credentials[0] or None)


def _bypasses(host: str, no_proxy: str) -> bool:
    """Whether a host is reached without a proxy: by its name, or a domain that it is in."""
    names = [name.strip().lstrip(".").lower() for name in no_proxy.split(",")]
    bare = host.partition(":")[0]
    return any(name in {"*", host, bare} or bare.endswith(f".{name}") for name in names if name)


def _from_keyring(url: str, user: str | None) -> tuple[str, str] | None:
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return None
    for service in (url, urlsplit(url).netloc):
        try:
            found = keyring.get_credential(service, user)
        except Exception:  # a backend may raise anything; without it there are no credentials
            return None
        if found is not None:
            return found.username, found.password
    return None
