"""What travels into a run: a copy of `pis`, kept by content, and what its catalogue says."""

from __future__ import annotations

import compileall
import shutil
import tempfile
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


def indicator_version(name: str | None) -> str | None:
    """The version of an indicator in the catalogue; None where there is no such one."""
    for indicator in catalogue.indicators():
        if indicator["name"] == name:
            return str(indicator["version"])
    return None


def catalogue_entries() -> list[dict[str, Any]]:
    """The catalogue, one entry for each indicator, as it is stored."""
    return list(catalogue.indicators())
