"""The one reader of where packages come from on this machine: pip is asked, uv's variables are read.

Whoever resolves and whoever installs read it here, so that the hashes of a lock come from the index
that is asked for its files.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from amun_core.errors import SettingsError
from amun_core.index_settings import IndexSettings, parse_pip_configuration
from amun_core.plan import IndexSource
from amun_core.redaction import redact_text

#: A lock that names this address means: whatever index is in use here.
PLACEHOLDER_INDEX = "https://index.example/simple"

#: For one question to pip, s.
ASK_SECONDS = 60

Settings = TypeVar("Settings", bound=IndexSettings)


def read_index_settings(
    kind: type[Settings], environment: Mapping[str, str] | None = None
) -> Settings:
    """Ask pip for its configuration and read uv's variables from `environment`."""
    environment = os.environ if environment is None else environment
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=ASK_SECONDS,
    )
    if asked.returncode:
        last = (asked.stderr.strip().splitlines() or ["no output"])[-1]
        raise SettingsError(f"pip's configuration cannot be read: {redact_text(last)}")
    pip = parse_pip_configuration(asked.stdout)
    found = kind.from_configuration(pip, environment, exists=Path.exists)
    if found.index_url or not found.extra_index_urls:
        return found
    # named, since uv would ask its own after all others
    return replace(found, index_url=pip_default_index() or None)


def pip_default_index() -> str:
    """Address that pip itself takes when nothing is configured, "" if this pip does not tell."""
    try:
        from pip._internal.models.index import PyPI
    except ImportError:
        return ""
    return str(PyPI.simple_url)


def normal_address(url: str) -> str:
    """An address as two are compared."""
    return url.strip().rstrip("/").lower()


def is_usual(source: IndexSource) -> bool:
    """Whether a lock means by this index the one in use, whichever that is: a mirror is one too."""
    usual = ("", PLACEHOLDER_INDEX, pip_default_index())
    return normal_address(source.url) in set(map(normal_address, usual))
