"""Which server is meant, and with which token it is spoken to."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from amun_client.errors import ServerUnknownError, UsageFaultError
from amun_core.errors import SettingsError

#: Written by the local service.
STATE_FILE = "service.json"
STATE_SCHEMA = "amun.local-service/1"


@dataclass(frozen=True, slots=True)
class Server:
    """A server and who named it."""

    url: str
    origin: str
    #: false for a server that a file of somebody else's project names: it gets no token of ours
    trusted: bool = True
    #: true for the local service that was found by its state file: nobody named an address
    found: bool = False

    @property
    def local(self) -> bool:
        """True where the address is this machine's own."""
        host = urlsplit(self.url).hostname or ""
        if host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False


def discover(
    option: str | None, environ: Mapping[str, str], home: Path, *, project_server: str | None = None
) -> Server:
    """--server, else AMUN_SERVER, else the project's file, else the local service.

    ServerUnknownError if none of them says anything.
    """
    if option:
        return Server(_checked(option, "--server"), "--server")
    if named := environ.get("AMUN_SERVER"):
        return Server(_checked(named, "AMUN_SERVER"), "AMUN_SERVER")
    if project_server:
        return Server(_checked(project_server, "pyproject.toml"), "pyproject.toml", trusted=False)
    if found := local_url(home):
        return Server(found, f"the local service in {home}", found=True)
    raise ServerUnknownError(
        f"no server: none is named, and no local service runs in {home}",
        hint="`amun up` starts one on this machine; --server or AMUN_SERVER names another",
    )


def local_url(home: Path) -> str | None:
    """The address of the local service as its state file tells it; None if none runs."""
    try:
        document = json.loads((home / STATE_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(document, dict) or document.get("schema") != STATE_SCHEMA:
        return None
    url = document.get("url")
    return url if isinstance(url, str) and document.get("phase") == "ready" else None


def token(environ: Mapping[str, str], server: Server) -> str | None:
    """The bearer token: AMUN_TOKEN, else the file AMUN_TOKEN_FILE; never an option.

    The local service is spoken to with the first token of its own file.
    """
    if not server.trusted:
        return None
    if given := environ.get("AMUN_TOKEN", "").strip():
        return given
    if path := environ.get("AMUN_TOKEN_FILE"):
        return _first_line(Path(path), "AMUN_TOKEN_FILE")
    if server.local and (path := environ.get("AMUN_API_TOKEN_FILE")):
        return _first_line(Path(path), "AMUN_API_TOKEN_FILE")
    return None


def _first_line(path: Path, name: str) -> str | None:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name}: cannot read {path}: {error}") from None
    stripped = (line.strip() for line in lines)
    return next((line for line in stripped if line and not line.startswith("#")), None)


def _checked(url: str, origin: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageFaultError(
            f"{origin}: {url!r} is not the address of a server",
            hint="an address looks like http://127.0.0.1:8000",
        )
    return url.rstrip("/")
