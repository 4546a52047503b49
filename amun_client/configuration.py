"""Settings in their order: option, AMUN_* variable, pyproject.toml, the user's file, default.

A project's pyproject.toml may name a server and nothing else: it comes with other people's code,
which must not choose the commands that run here.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amun_core.errors import SettingsError
from amun_core.redaction import redact_url
from amun_core.settings import Settings

PREFIX = "AMUN_"
#: Settings of the client alone, beside those of the service: name -> (default, what it is).
CLIENT_SETTINGS = {
    "server": "Server that `amun` speaks to; empty: the local service.",
    "token": "Bearer token for that server.",
    "token_file": "File with the bearer token in its first line.",
}
SECRET = frozenset({"token"})
PROJECT_SETTINGS = frozenset({"server"})


@dataclass(frozen=True, slots=True)
class Layer:
    """One file and what it sets, as text."""

    origin: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Configuration:
    """The environment completed by the user's file, and who said what."""

    environ: Mapping[str, str]
    origins: Mapping[str, str]
    project_server: str | None

    def settings(self) -> Settings:
        """The service's settings under this configuration."""
        # pydantic reads the process environment; what the files add goes in by name
        added = {
            name: self.environ[PREFIX + name.upper()]
            for name, origin in self.origins.items()
            if name in Settings.model_fields and not origin.startswith("environment")
        }
        try:
            return Settings.from_environment() if not added else _checked(added)
        except ValueError as error:
            raise SettingsError(str(error)) from None

    def rows(self) -> list[dict[str, str]]:
        """Every setting: name, value, origin, variable."""
        settings = self.settings()
        rows = [
            {
                "name": name,
                "value": _shown(name, getattr(settings, name)),
                "origin": self.origins.get(name, "default"),
                "variable": PREFIX + name.upper(),
            }
            for name in Settings.model_fields
        ]
        for name in CLIENT_SETTINGS:
            value = self.environ.get(PREFIX + name.upper(), "")
            origin = self.origins.get(name, "default")
            if name == "server" and not value and self.project_server:
                value, origin = self.project_server, "pyproject.toml"
            rows.append(
                {
                    "name": name,
                    "value": _shown(name, value),
                    "origin": origin,
                    "variable": PREFIX + name.upper(),
                }
            )
        return sorted(rows, key=lambda row: row["name"])


def load(environ: Mapping[str, str], folder: Path, user_file: Path) -> Configuration:
    """Read the files around `folder` and lay them under the environment."""
    known = {*Settings.model_fields, *CLIENT_SETTINGS} - SECRET
    user = _read(user_file, (), known)
    project_path = _project_file(folder)
    project = _read(project_path, ("tool", "amun"), PROJECT_SETTINGS) if project_path else None
    merged, origins = dict(environ), {}
    for name, value in (user.values if user else {}).items():
        merged.setdefault(PREFIX + name.upper(), value)
        origins[name] = user.origin if user else ""
    for name in (*Settings.model_fields, *CLIENT_SETTINGS):
        if PREFIX + name.upper() in environ:
            origins[name] = f"environment {PREFIX}{name.upper()}"
    server = project.values.get("server") if project else None
    return Configuration(merged, origins, server)


def _checked(added: Mapping[str, str]) -> Settings:
    return Settings(**dict(added))  # type: ignore[arg-type]


def _project_file(folder: Path) -> Path | None:
    for candidate in (folder, *folder.parents):
        if (candidate / "pyproject.toml").is_file():
            return candidate / "pyproject.toml"
    return None


def _read(path: Path, keys: tuple[str, ...], known: frozenset[str] | set[str]) -> Layer | None:
    try:
        document: Any = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        if keys:  # a project file that others must mend is no reason not to work
            return None
        raise SettingsError(f"{path}: {error}") from None
    for key in keys:
        document = document.get(key, {}) if isinstance(document, dict) else {}
    if not isinstance(document, dict):
        return None
    for name in document:
        if name not in known:
            raise SettingsError(_unknown(path, name, sorted(known), project=bool(keys)))
    return Layer(str(path), {name: _text(value) for name, value in document.items()})


def _unknown(path: Path, name: str, known: list[str], *, project: bool) -> str:
    if project and name in {*Settings.model_fields, *CLIENT_SETTINGS}:
        return (
            f"{path}: {name} cannot be set by a project, only {', '.join(known)}; "
            f"use {PREFIX}{name.upper()} or the user's file"
        )
    near = difflib.get_close_matches(name, known, n=1)
    return f"{path}: no setting {name!r}" + (f". Did you mean {near[0]!r}?" if near else "")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return str(value)


def _shown(name: str, value: Any) -> str:
    if name in SECRET:
        return "***" if value else ""
    if isinstance(value, tuple):
        return ",".join(str(item) for item in value)
    text = "" if value is None else str(value)
    return redact_url(text) if "://" in text else text
