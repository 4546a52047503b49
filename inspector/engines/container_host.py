"""A container that looks like this host's system and holds nothing of its people.

For `base: null` a run needs no image: it gets an empty root with the host's system folders, the
interpreter and the stored environment, mounted read-only at the same paths. Home folders, /etc and
everything else of the host are not there.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from pathlib import Path

from amun_core.errors import EngineError
from inspector.engines.container_command import ContainerCommand
from inspector.engines.container_start import Mount

_SYSTEM_FOLDERS = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")
#: What programs of the host's /usr expect in /etc: the loader's cache, chosen alternatives, time.
_SETTINGS = (
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/os-release",
    "/etc/localtime",
)
_EMPTY_FOLDERS = (
    "amun",
    "dev",
    "etc",
    "proc",
    "root",
    "run",
    "sys",
    "tmp",
    "usr",
    "var",
    "var/tmp",
)
_PASSWD = "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"  # noqa: S105
_GROUP = "root:x:0:\nnogroup:x:65534:\n"
#: An interpreter is a few folders below its prefix; a longer chain of links is a mistake.
_LONGEST_CHAIN = 16


def host_root(command: ContainerCommand) -> str:
    """Image with an empty root for this host, made if the engine has it not. Returns its id."""
    archive = _root_archive()
    name = f"amun-host-root:{hashlib.sha256(archive).hexdigest()[:16]}"
    known = command.inspect("image", name)
    if known is None:
        answer = command.call("import", "-", name, given=archive)
        known = command.inspect("image", name)
        if known is None:
            raise EngineError(f"{command.kind} cannot import an empty image: {answer.words}")
    return str(known["Id"])


def _root_archive() -> bytes:
    """Tar of the root: empty folders, the host's own links (/bin -> usr/bin), two user names."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in _EMPTY_FOLDERS:
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(folder)
        for name in _SYSTEM_FOLDERS:
            path = Path("/", name)
            if path.is_symlink():
                link = tarfile.TarInfo(name)
                link.type, link.linkname = tarfile.SYMTYPE, str(path.readlink())
                archive.addfile(link)
        for name, text in (("etc/passwd", _PASSWD), ("etc/group", _GROUP)):
            file = tarfile.TarInfo(name)
            file.size, file.mode = len(text), 0o644
            archive.addfile(file, io.BytesIO(text.encode()))
    return content.getvalue()


def system_mounts() -> list[Mount]:
    """The host's system folders and the few settings that its programs need."""
    folders = ["/usr", *(f"/{name}" for name in _SYSTEM_FOLDERS)]
    paths = [path for path in map(Path, folders) if path.is_dir() and not path.is_symlink()]
    paths += [path for path in map(Path, _SETTINGS) if path.exists()]
    return [Mount(path, str(path)) for path in paths]


def interpreter_mounts(environment: Path) -> list[Mount]:
    """What an environment's `bin/python` needs beyond the system folders, at the same paths.

    The chain of links from `bin/python` to the interpreter is followed: each link on the way is
    shown as the one file it leads to, and the interpreter's own prefix as a folder. A prefix that
    is, or holds, the home folder is narrowed to what Python reads of it.
    """
    hops = _hops(environment / "bin" / "python")
    real = Path(os.path.realpath(hops[-1]))
    prefix = real.parent.parent
    mounts = {} if _of_the_system(prefix) else _prefix_mounts(prefix)
    home = _base_folder(environment)
    if home is not None and home.parent != prefix and not _of_the_system(home):
        mounts |= _prefix_mounts(home.parent)
    shown = [Path(target) for target in mounts]
    for hop in hops[1:]:
        if not _of_the_system(hop) and not any(hop.is_relative_to(path) for path in shown):
            mounts[str(hop)] = Mount(real, str(hop))
    return list(mounts.values())


def _hops(python: Path) -> list[Path]:
    """`python` and each path that its links name, in order."""
    hops = [python]
    while hops[-1].is_symlink():
        hops.append(hops[-1].parent / hops[-1].readlink())
        if len(hops) > _LONGEST_CHAIN:
            raise EngineError(f"{python} is a loop of links")
    return [hops[0], *(Path(os.path.normpath(hop)) for hop in hops[1:])]


def _base_folder(environment: Path) -> Path | None:
    """The folder of the interpreter that the environment was made with (`home` in pyvenv.cfg)."""
    try:
        lines = (environment / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    table = {
        name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines)
    }
    return Path(table["home"]) if table.get("home") else None


def _of_the_system(path: Path) -> bool:
    first = path.parts[1] if len(path.parts) > 1 else ""
    return first in {"usr", *_SYSTEM_FOLDERS}


def _prefix_mounts(prefix: Path) -> dict[str, Mount]:
    narrow = prefix == Path("/") or Path.home().is_relative_to(prefix)
    folders = [prefix / name for name in ("bin", "include", "lib", "lib64")] if narrow else [prefix]
    return {str(folder): Mount(folder, str(folder)) for folder in folders if folder.is_dir()}
