"""Where packages come from: pip's and uv's configuration as explicit uv arguments.

uv reads none of pip's settings, so a host that installs with pip would fail with uv. Here both are
read once for each build and become arguments and variables that say everything; uv itself is then
started without its own configuration. As in pip, a variable replaces what a file says, and the
section of a command replaces [global]. This module may read the environment: the settings of pip
and uv are the user's, not ours.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from amun_core.errors import SettingsError
from amun_core.index_map import IndexMap
from amun_core.plan import IndexSource

#: A lock that names this address means: whatever index is in use here.
PLACEHOLDER_INDEX = "https://index.example/simple"

#: Upper bounds of one attempt to connect and of one wait for an answer, s: a build must not hang.
CONNECT_SECONDS = 10
ANSWER_SECONDS = 60

_PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def redact_text(text: str) -> str:
    """`text` with the user name and password of every address replaced by asterisks."""
    return _CREDENTIALS.sub("***@", text)


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


def _normal(url: str) -> str:
    return url.strip().rstrip("/").lower()


def _pip_default_index() -> str:
    """Address that pip itself takes when nothing is configured, "" if this pip does not tell."""
    try:
        from pip._internal.models.index import PyPI
    except ImportError:
        return ""
    return str(PyPI.simple_url)


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _local_path(location: str) -> Path | None:
    """The folder or file that a find-links entry or index address names on this host."""
    parts = urlsplit(location)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    return None if parts.scheme and "://" in location else Path(location).expanduser()


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

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> IndexSettings:
        """Ask pip for its configuration and read uv's variables from `environment`."""
        environment = os.environ if environment is None else environment
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
        asked = subprocess.run(
            command, env=dict(environment), capture_output=True, text=True, check=False, timeout=60
        )
        if asked.returncode:
            last = (asked.stderr.strip().splitlines() or ["no output"])[-1]
            raise SettingsError(f"pip's configuration cannot be read: {redact_text(last)}")
        return cls.from_configuration(parse_pip_configuration(asked.stdout), environment)

    @classmethod
    def from_configuration(
        cls, pip: Mapping[str, str], environment: Mapping[str, str]
    ) -> IndexSettings:
        """Join pip's options with uv's variables. uv's own choice of the main index is stronger."""
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
            extra_index_urls=_unique(
                [*uv_indexes, *extra, *pip.get("extra-index-url", "").split()]
            ),
            find_links=_unique([*links, *pip.get("find-links", "").split()]),
            no_index=_truth(pip.get("no-index", "")) or _truth(environment.get("UV_NO_INDEX", "")),
            certificate=Path(bundle).expanduser() if bundle else None,
            client_certificate=Path(client).expanduser() if client else None,
            trusted_hosts=_unique([*trusted, *pip.get("trusted-host", "").split()]),
            netrc=netrc if netrc.is_file() else None,
            proxies=_proxies(pip.get("proxy", ""), environment),
            timeout_seconds=_seconds(pip.get("timeout", "")),
        )

    def with_sources(
        self, sources: Iterable[IndexSource], index_map: IndexMap | None = None
    ) -> IndexSettings:
        """Add the indexes that a lock names, each mapped; those in use already are not repeated."""
        index_map = index_map or IndexMap()
        in_use = {_normal(url) for url in (self.index_url or "", *self.extra_index_urls)}
        # pip's built-in index in a lock means "the usual one": a mirror takes its place
        in_use |= {_normal(PLACEHOLDER_INDEX), _normal(_pip_default_index())}
        urls = [index_map.source(source).url for source in sources]
        # a lock comes from outside: it may not make us read folders of this host
        added = [url for url in urls if urlsplit(url).scheme in {"http", "https"}]
        return replace(
            self,
            extra_index_urls=_unique(
                [*self.extra_index_urls, *(url for url in added if _normal(url) not in in_use)]
            ),
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
            path = _local_path(link)
            if path is None or path.exists():  # pip passes over a folder that is gone, uv fails
                arguments += ["--find-links", link if path is None else str(path)]
        for host in self.trusted_hosts:
            arguments += ["--allow-insecure-host", host]
        return arguments

    def _named_indexes(self) -> list[tuple[str, str, str]]:
        """(option, name, address without credentials); a name where credentials go with it."""
        named = []
        main = [("--default-index", self.index_url)] if self.index_url else []
        extra = [("--index", url) for url in self.extra_index_urls if url != self.index_url]
        for number, (option, url) in enumerate([*main, *extra]):
            user, password = _credentials(url)
            name = f"amun{number}" if user or password else ""
            named.append((option, name, _without_credentials(url)))
        return named

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
        main = [self.index_url] if self.index_url else []
        urls = [*main, *(url for url in self.extra_index_urls if url != self.index_url)]
        for (_, name, _), url in zip(self._named_indexes(), urls, strict=True):
            if name:
                user, password = _credentials(url)
                variables[f"UV_INDEX_{name.upper()}_USERNAME"] = user
                variables[f"UV_INDEX_{name.upper()}_PASSWORD"] = password
        return variables

    def local_paths(self) -> tuple[Path, ...]:
        """Folders and files of this host that an install reads; a container build mounts them.

        A `file://.../simple` index refers to the files beside it, so its parent folder is given.
        """
        indexes = [self.index_url or "", *self.extra_index_urls]
        paths = [_local_path(url) for url in indexes if url.startswith("file://")]
        parents = [path.parent for path in paths if path is not None]
        links = [path for path in map(_local_path, self.find_links) if path is not None]
        return tuple(path for path in dict.fromkeys([*links, *parents]) if path.exists())

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

    def redacted(self) -> IndexSettings:
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


def ca_bundle(
    settings: IndexSettings | None = None, environment: Mapping[str, str] | None = None
) -> Path | None:
    """The certificate bundle in use here: configured, or the system's; None if there is none."""
    environment = os.environ if environment is None else environment
    candidates = [settings.certificate] if settings and settings.certificate else []
    names = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    candidates += [Path(environment[name]) for name in names if environment.get(name)]
    candidates += [Path(path) for path in _SYSTEM_BUNDLES]
    return next((path for path in candidates if path.is_file()), None)


def _without_name(entry: str) -> str:
    """uv allows `name=address`; the name is of no use here."""
    name, equals, url = entry.partition("=")
    return url if equals and re.fullmatch(r"[A-Za-z0-9_.-]+", name) else entry


def _credentials(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return unquote(parts.username or ""), unquote(parts.password or "")


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


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
