"""Where packages come from: pip's and uv's configuration as explicit uv arguments.

uv reads none of pip's settings, so a host that installs with pip would fail with uv. Here both
become arguments and variables that say everything; uv itself is then started without its own
configuration. As in pip, a variable replaces what a file says, and the section of a command
replaces [global]. This module is told what pip and the environment say, and what exists: it looks
at nothing itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit, urlunsplit

from amun_core.redaction import redact_text

#: Upper bounds of one attempt to connect and of one wait for an answer, s: a build must not hang.
CONNECT_SECONDS = 10
ANSWER_SECONDS = 60

_PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def parse_pip_configuration(listing: str) -> dict[str, str]:
    """Turn the output of `pip config list` into option -> value, the strongest value of each."""
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listing.splitlines():
        key, equals, literal = line.partition("=")
        section, dot, option = key.rpartition(".")
        if not equals or not dot or section not in sections:
            continue
        try:
            value = ast.literal_eval(literal)
        except (SyntaxError, ValueError):
            continue
        sections[section][_plain_option(option)] = str(value)
    return {**sections["global"], **sections["install"], **sections[":env:"]}


def _plain_option(option: str) -> str:
    option = option.lower().replace("_", "-")
    return "timeout" if option == "default-timeout" else option


def unique(values: Iterable[str]) -> tuple[str, ...]:
    """The values that are not empty, each once, in their order."""
    return tuple(dict.fromkeys(value for value in values if value))


def local_path(location: str) -> Path | None:
    """The folder or file that a find-links entry or index address names on this host."""
    parts = urlsplit(location)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    return None if parts.scheme and "://" in location else Path(location).expanduser()


def without_credentials(url: str) -> str:
    """The address without user name and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


@dataclass(frozen=True)
class IndexSettings:
    """Every setting that decides where files come from and how they are fetched."""

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    certificate: Path | None = None
    client_certificate: Path | None = None
    trusted_hosts: tuple[str, ...] = ()
    netrc: Path | None = None
    proxies: tuple[tuple[str, str], ...] = ()
    timeout_seconds: int = 15
    #: (name, address): indexes that packages are bound to by name.
    names: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_configuration(
        cls,
        pip: Mapping[str, str],
        environment: Mapping[str, str],
        *,
        exists: Callable[[Path], bool],
    ) -> Self:
        """Join pip's options with uv's variables. uv's own choice of the main index is stronger.

        Links to a folder that is gone are left out: pip passes over it, uv fails.
        """
        uv_indexes = [_without_name(entry) for entry in environment.get("UV_INDEX", "").split()]
        main = environment.get("UV_DEFAULT_INDEX") or environment.get("UV_INDEX_URL")
        extra = environment.get("UV_EXTRA_INDEX_URL", "").split()
        links = environment.get("UV_FIND_LINKS", "").replace(",", " ").split()
        trusted = environment.get("UV_INSECURE_HOST", "").split()
        bundle = pip.get("cert") or environment.get("SSL_CERT_FILE", "")
        client = pip.get("client-cert") or environment.get("SSL_CLIENT_CERT", "")
        netrc = Path(environment.get("NETRC") or Path(environment.get("HOME", "/"), ".netrc"))
        return cls(
            index_url=_without_name(main) if main else pip.get("index-url") or None,
            extra_index_urls=unique([*uv_indexes, *extra, *pip.get("extra-index-url", "").split()]),
            find_links=tuple(
                link
                for link in unique([*links, *pip.get("find-links", "").split()])
                if (path := local_path(link)) is None or exists(path)
            ),
            no_index=_truth(pip.get("no-index", "")) or _truth(environment.get("UV_NO_INDEX", "")),
            certificate=Path(bundle).expanduser() if bundle else None,
            client_certificate=Path(client).expanduser() if client else None,
            trusted_hosts=unique([*trusted, *pip.get("trusted-host", "").split()]),
            netrc=netrc if exists(netrc) else None,
            proxies=_proxies(pip.get("proxy", ""), environment),
            timeout_seconds=_seconds(pip.get("timeout", "")),
        )

    def uv_arguments(self) -> list[str]:
        """Arguments for `uv pip` that hold no password (those travel in `uv_environment`)."""
        arguments = ["--no-config", "--index-strategy", "unsafe-best-match"]
        if self.no_index:
            arguments += ["--no-index"]
        else:
            for option, name, url in self._named_indexes():
                arguments += [option, f"{name}={url}" if name else url]
        for link in self.find_links:
            path = local_path(link)
            arguments += ["--find-links", link if path is None else str(path)]
        for host in self.trusted_hosts:
            arguments += ["--allow-insecure-host", host]
        return arguments

    def _named_indexes(self) -> list[tuple[str, str, str]]:
        """(option, name, address without credentials); a name where credentials go with it.

        Where two indexes have files of one version, uv takes those of the first and never looks at
        the hashes of the other's. The first is to be the main one, as with pip, and what locks are
        made from; but uv asks its default index last, so that is the last of all.
        """
        named = []
        bound = {url: name for name, url in self.names}
        urls = self._index_urls()
        for number, url in enumerate(urls):
            last = self.index_url is not None and number == len(urls) - 1
            user, password = _credentials(url)
            name = bound.get(url) or (f"amun{number}" if user or password else "")
            option = "--default-index" if last else "--index"
            named.append((option, name, without_credentials(url)))
        return named

    def _index_urls(self) -> list[str]:
        """The main index, then the others."""
        main = [self.index_url] if self.index_url else []
        return [*main, *(url for url in self.extra_index_urls if url != self.index_url)]

    def uv_environment(self) -> dict[str, str]:
        """Variables that go with `uv_arguments`: certificates, proxies, time bounds, passwords."""
        variables = dict(self.proxies)
        variables["UV_HTTP_TIMEOUT"] = str(min(max(self.timeout_seconds, 5), ANSWER_SECONDS))
        variables["UV_HTTP_CONNECT_TIMEOUT"] = str(CONNECT_SECONDS)
        if self.certificate is not None:
            variables["SSL_CERT_FILE"] = str(self.certificate)
        if self.client_certificate is not None:
            variables["SSL_CLIENT_CERT"] = str(self.client_certificate)
        if self.netrc is not None:
            variables["NETRC"] = str(self.netrc)
        if self.no_index:
            return variables
        for (_, name, _), url in zip(self._named_indexes(), self._index_urls(), strict=True):
            if name:
                user, password = _credentials(url)
                variables[f"UV_INDEX_{name.upper()}_USERNAME"] = user
                variables[f"UV_INDEX_{name.upper()}_PASSWORD"] = password
        return variables

    def pip_conf_text(self, certificate: str | None = None) -> str:
        """A pip.conf with the same meaning; `certificate` is the bundle's path where it is read."""
        lines = ["[global]", "disable-pip-version-check = true"]
        values = {
            "index-url": self.index_url or "",
            "extra-index-url": "\n    ".join(self.extra_index_urls),
            "find-links": "\n    ".join(self.find_links),
            "trusted-host": "\n    ".join(self.trusted_hosts),
            "no-index": "true" if self.no_index else "",
            "cert": certificate or (str(self.certificate) if self.certificate else ""),
            "client-cert": str(self.client_certificate or ""),
            "timeout": str(self.timeout_seconds),
        }
        lines += [f"{key} = {value}" for key, value in values.items() if value]
        return "\n".join(lines) + "\n"

    def redacted(self) -> Self:
        """The same settings without passwords, fit for logs."""
        return replace(
            self,
            index_url=redact_text(self.index_url) if self.index_url else None,
            extra_index_urls=tuple(map(redact_text, self.extra_index_urls)),
            find_links=tuple(map(redact_text, self.find_links)),
            proxies=tuple((name, redact_text(value)) for name, value in self.proxies),
        )

    def __repr__(self) -> str:
        shown = self.redacted()
        return (
            f"IndexSettings(index_url={shown.index_url!r}, "
            f"extra_index_urls={shown.extra_index_urls!r}, find_links={shown.find_links!r})"
        )


def _without_name(entry: str) -> str:
    """uv allows `name=address`; the name is of no use here."""
    name, equals, url = entry.partition("=")
    return url if equals and re.fullmatch(r"[A-Za-z0-9_.-]+", name) else entry


def _credentials(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return unquote(parts.username or ""), unquote(parts.password or "")


def _truth(value: str) -> bool:
    return value.strip().lower() in {"1", "y", "yes", "t", "true", "on"}


def _seconds(value: str) -> int:
    try:
        return max(1, int(float(value)))
    except ValueError:
        return 15  # pip's own default


def _proxies(pip_proxy: str, environment: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    found = {
        name: value
        for name, value in environment.items()
        if name.lower() in _PROXY_VARIABLES and value
    }
    if pip_proxy:
        proxy = pip_proxy if "://" in pip_proxy else f"http://{pip_proxy}"
        found |= {"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, "ALL_PROXY": proxy}
        found = {name: value for name, value in found.items() if not _shadowed(name, found)}
    return tuple(sorted(found.items()))


def _shadowed(name: str, found: Mapping[str, str]) -> bool:
    """True for http_proxy where HTTP_PROXY is set too: the small one would win."""
    return name.islower() and name != "no_proxy" and name.upper() in found
