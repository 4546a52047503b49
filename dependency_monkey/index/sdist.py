"""What a source distribution says of itself, where that can be relied on.

Its PKG-INFO tells what a wheel made of it would require only from metadata version 2.2 on, and only of
fields that are not dynamic (PEP 643). Everything else is known once it is built, which is never done
here: such a version cannot be chosen, and is reported.
"""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from email.parser import BytesHeaderParser
from email.policy import compat32

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from amun_core.intake import shown
from dependency_monkey.index.errors import UnusableFileError
from dependency_monkey.index.files import parse_sdist, parsed_version
from dependency_monkey.index.wheel_tail import MAXIMUM_METADATA_BYTES

#: Nothing larger is read for a few headers.
MAXIMUM_SDIST_BYTES = 64 * 1024 * 1024
#: An archive that unpacks to more than this before its PKG-INFO is not read on.
_MAXIMUM_UNPACKED_BYTES = 512 * 1024 * 1024
_MOST_MEMBERS = 50_000
_DECIDING = frozenset({"requires-dist", "provides-extra", "requires-python"})
_FIRST_RELIABLE = Version("2.2")


def metadata_of_sdist(filename: str, content: bytes) -> bytes:
    """Its PKG-INFO. Raises UnusableFileError where that does not tell what it requires."""
    try:
        found = _pkg_info(filename, content)
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError):
        raise UnusableFileError(filename, "it is no archive that can be read") from None
    if found is None:
        raise UnusableFileError(filename, "it has no PKG-INFO")
    why = _unreliable(filename, found)
    if why is not None:
        raise UnusableFileError(filename, why)
    return found


def _pkg_info(filename: str, content: bytes) -> bytes | None:
    if filename.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist()[:_MOST_MEMBERS]:
                if _is_pkg_info(entry.filename) and entry.file_size <= MAXIMUM_METADATA_BYTES:
                    return archive.read(entry)
        return None
    # as a stream: what stands behind PKG-INFO is never unpacked
    with tarfile.open(fileobj=io.BytesIO(content), mode="r|*") as stream:
        for number, member in enumerate(stream):
            if number > _MOST_MEMBERS or member.offset > _MAXIMUM_UNPACKED_BYTES:
                raise ValueError("too much before its PKG-INFO")
            if _is_pkg_info(member.name) and member.size <= MAXIMUM_METADATA_BYTES:
                file = stream.extractfile(member)
                return None if file is None else file.read()
    return None


def _is_pkg_info(path: str) -> bool:
    """Whether it lies in the one folder at the top."""
    folder, slash, name = path.removeprefix("./").partition("/")
    return bool(folder and slash) and name == "PKG-INFO"


def _unreliable(filename: str, pkg_info: bytes) -> str | None:
    """Why it does not tell what is required; None where it does."""
    headers = BytesHeaderParser(policy=compat32).parsebytes(pkg_info.replace(b"\r", b""))
    own = parse_sdist(filename)
    name, version = str(headers.get("Name", "")), str(headers.get("Version", "")).strip()
    if own is None or (canonicalize_name(name), parsed_version(version)) != own:
        return f"its PKG-INFO is that of {shown(name)} {shown(version)}"
    try:
        reliable = Version(str(headers.get("Metadata-Version", "0"))) >= _FIRST_RELIABLE
    except InvalidVersion:
        reliable = False
    dynamic = {str(one).strip().lower() for one in headers.get_all("Dynamic") or []}
    if not reliable or dynamic & _DECIDING:
        return "what it requires is known only once it is built"
    return None
