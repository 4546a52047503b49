"""What travels into a run: a copy of `pis`, kept by content, and what its catalogue says."""

from __future__ import annotations

import compileall
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from pis import catalogue


def ship_indicators(home: Path) -> Path:
    """The copy of `pis` under HOME/pis/<digest>, made if it is not there.

    Runs read this copy: an upgrade of the service in mid-inspection cannot change what is measured.
    """
    parent = home / "pis" / catalogue.digest().rpartition(":")[2]
    target = parent / "pis"
    if target.is_dir():
        return target
    parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=parent))
    temporary.chmod(0o755)
    shutil.copytree(
        catalogue.folder(),
        temporary / "pis",
        ignore=shutil.ignore_patterns("__pycache__", "*.md"),
    )
    compileall.compile_dir(str(temporary / "pis"), quiet=2)
    try:
        (temporary / "pis").rename(target)
    except OSError:  # another worker was first
        if not target.is_dir():
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


@lru_cache(maxsize=256)
def _entry(name: str) -> dict[str, Any] | None:
    return next((entry for entry in catalogue.indicators() if entry["name"] == name), None)


def indicator_version(name: str) -> str | None:
    """The version of an indicator in the catalogue; None where there is no such one."""
    entry = _entry(name)
    return None if entry is None else str(entry["version"])


def indicator_digest(name: str) -> str | None:
    """SHA-256 of the files that decide what an indicator measures."""
    entry = _entry(name)
    return None if entry is None else str(entry["digest"]).rpartition(":")[2]


def declared_iterations(name: str) -> tuple[int, int] | None:
    """How many iterations a run of this indicator makes unless told, and at most; None: not told."""
    parameters = (_entry(name) or {}).get("parameters", ())
    found = next((one for one in parameters if one["name"] == "reps"), None)
    return None if found is None else (int(found["default"]), int(found["maximum"]))


def catalogue_entries() -> list[dict[str, Any]]:
    """The catalogue, one entry for each indicator, as it is stored."""
    return list(catalogue.indicators())
