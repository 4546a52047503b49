"""Where --find-links points: a page, or a folder of this machine where the file came from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from amun_core.intake import Intake, shown
from amun_core.locked_package import is_address
from amun_core.redaction import redact_text

#: The folder that a file names, by what stands there and the file's own name; None where it is not taken.
FolderOf = Callable[[str, str], "Path | None"]


def no_folder(_wanted: str, _by: str) -> None:
    """Refuses every folder: the text came from elsewhere."""


def folder_beside(wanted: str, by: str) -> Path | None:
    """A folder that a file of this machine names, as for pip: beside the file, else from here."""
    for folder in (Path(by).parent / wanted, Path(wanted)):
        if folder.is_dir():
            return folder.absolute()
    return None


def read_link(value: object, place: str, by: str, folder: FolderOf, intake: Intake) -> str | None:
    """The address of a page, or the file: address of a folder; None after a fault."""
    if is_address(value):
        return str(value)
    if not isinstance(value, str) or not value:
        intake.fault(place, f"a page or a folder is expected, not {shown(value)}")
        return None
    path = unquote(urlsplit(value).path) if value.startswith("file:") else value
    found = None if "://" in path else folder(path, by)
    if found is None:
        said = shown(redact_text(value))
        intake.fault(
            place,
            f"{said} is no page at an http or https address, and no folder that can be read from here",
            "give the address of a page that lists the files",
        )
        return None
    return found.as_uri()
