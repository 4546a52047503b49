"""The folder of one run: made fresh, filled with the request, removed after the run is stored.

HOME/runs/<inspection id>.<fence>.<run index>/in/{request.json,script.py}  out/  stdout  stderr
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from inspector.engines.base import RunFolder, RunLabels
from inspector.leftovers import remove_tree


@contextlib.contextmanager
def fresh_folder(home: Path, labels: RunLabels) -> Iterator[RunFolder]:
    """An empty run folder; whatever is in it at the end is removed."""
    name = f"{labels.inspection_id}.{labels.fence}.{labels.run_index}"
    folder = RunFolder(home / "runs" / name)
    remove_tree(folder.root)
    folder.request.parent.mkdir(parents=True)
    folder.result.parent.mkdir()
    # the run may be another user inside a container: it reads there, writes here, nowhere else
    folder.request.parent.chmod(0o755)
    folder.result.parent.chmod(0o777)
    try:
        yield folder
    finally:
        remove_tree(folder.root)


def write_request(folder: RunFolder, request: Mapping[str, Any], script: str | None) -> None:
    """Put the request, and the user's script if there is one, where the run reads them."""
    folder.request.write_text(json.dumps(request), encoding="utf-8")
    folder.request.chmod(0o644)
    if script is not None:
        folder.script.write_text(script, encoding="utf-8")
        folder.script.chmod(0o644)


def folders_of_runs(home: Path) -> list[tuple[Path, tuple[str, int]]]:
    """Every run folder of this home with the (inspection id, fence) it belongs to."""
    found = []
    for folder in sorted(home.glob("runs/*.*.*")):
        inspection_id, fence, _ = folder.name.rsplit(".", 2)
        if fence.isdecimal():
            found.append((folder, (inspection_id, int(fence))))
    return found
