"""What a run left behind, read like hostile input: the one place where such a file is opened.

A run may have put anything where its files are expected, and may have made it with care: a link to
a file of the host, a pipe that nobody writes to, a device, a folder, a file of a terabyte, a tree
without end. Nothing is followed, waited for, or read beyond a bound.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from amun_core.errors import AttemptFailedError
from amun_core.states import FailureReason

#: ENOSPC, EDQUOT: what a full disk and a used-up quota say.
DISK_FULL_ERRORS = frozenset({28, 122})

_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a link",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: a pipe that took the file's place between two looks must not be waited for
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class NotReadError(Exception):
    """What is there is not read; the message says what it is."""


def read_left(path: Path, limit: int, *, within: Path, cut: bool = False) -> bytes | None:
    """The content of a plain file below the folder `within`; None where nothing is there.

    A file larger than `limit` bytes raises NotReadError as everything does that is no plain file;
    with `cut` its first `limit` bytes are given instead.
    """
    try:
        with contextlib.ExitStack() as stack:
            folder = _open(stack, str(within), _FOLDER, None)
            *folders, name = path.relative_to(within).parts
            for inner in folders:
                _refuse_other(os.stat(inner, dir_fd=folder, follow_symlinks=False), stat.S_IFDIR)
                folder = _open(stack, inner, _FOLDER, folder)
            # looked at before it is opened: to open a device may already do something
            _refuse_other(os.stat(name, dir_fd=folder, follow_symlinks=False), stat.S_IFREG)
            file = _open(stack, name, _FILE, folder)
            return _content(file, limit, cut=cut)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotReadError(f"a file that cannot be read ({error.strerror})") from None


def open_plain(path: Path) -> int | None:
    """A descriptor of a plain file; None where there is another thing, or nothing. To be closed.

    Of a file in an environment: its folders are ours, and it may be a second name of a file in a
    cache, but a script that ran as a bare process may have put a pipe or a device in its place.
    """
    try:
        descriptor = os.open(path, _FILE)
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    return None


def read_plain(path: Path, limit: int) -> bytes | None:
    """The content of a plain file of at most `limit` bytes; None for everything else."""
    descriptor = open_plain(path)
    if descriptor is None:
        return None
    with open(descriptor, "rb") as file:  # noqa: PTH123 (a descriptor, not a path)
        content = file.read(limit + 1)
    return content if len(content) <= limit else None


def _open(stack: contextlib.ExitStack, name: str, flags: int, folder: int | None) -> int:
    descriptor = os.open(name, flags, dir_fd=folder)
    stack.callback(os.close, descriptor)
    return descriptor


def _refuse_other(found: os.stat_result, wanted: int) -> None:
    kind = stat.S_IFMT(found.st_mode)
    if kind != wanted:
        raise NotReadError(
            _KINDS.get(kind, "a plain file" if wanted == stat.S_IFDIR else "no file")
        )
    if wanted == stat.S_IFREG and found.st_nlink > 1:
        raise NotReadError("a second name of another file (a hard link)")


def _content(file: int, limit: int, *, cut: bool) -> bytes:
    found = os.fstat(file)
    _refuse_other(found, stat.S_IFREG)
    if found.st_size > limit and not cut:
        raise NotReadError(f"a file of {found.st_size} bytes, more than {limit}")
    pieces, left = [], limit
    while left > 0 and (piece := os.read(file, min(left, 1024 * 1024))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def remove_tree(folder: Path) -> None:
    """Remove a folder and all that is in it, however deep and with whatever rights. Never raises.

    What cannot be removed stays, and the reaper tries again.
    """
    with contextlib.suppress(OSError, RecursionError):
        shutil.rmtree(folder)
        return
    with contextlib.suppress(OSError):
        _remove_deep(folder)


def _remove_deep(folder: Path) -> None:
    """Each folder found inside is first moved to the top: so no path and no stack grows."""
    if folder.is_symlink() or not folder.is_dir():
        folder.unlink(missing_ok=True)
        return
    folder.chmod(0o700)
    waiting, moved = [folder], 0
    while waiting:
        with contextlib.suppress(OSError):
            current = waiting.pop()
            current.chmod(0o700)
            for entry in list(os.scandir(current)):
                if entry.is_dir(follow_symlinks=False):
                    moved += 1
                    target = folder / f".amun-remove-{os.getpid()}-{moved}"
                    with contextlib.suppress(OSError):
                        Path(entry.path).chmod(0o700)  # without write a folder cannot be moved
                        Path(entry.path).rename(target)
                        waiting.append(target)
                else:
                    with contextlib.suppress(OSError):
                        os.unlink(entry.path)  # noqa: PTH108 (the name may be no text)
            if current != folder:
                current.rmdir()
    folder.rmdir()


@contextlib.contextmanager
def full_disk_named() -> Iterator[None]:
    """Say that the disk is full where that is why a file of ours could not be written."""
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_FULL_ERRORS:
            raise
        raise AttemptFailedError(
            FailureReason.DISK_FULL, "the disk is full: the files of a run could not be written"
        ) from None


def used(folder: Path, most_entries: int) -> tuple[int, int]:
    """(bytes on disk, number of entries) below a folder, counted no further than `most_entries`."""
    total = entries = 0
    waiting = [str(folder)]
    while waiting and entries <= most_entries:
        try:
            with os.scandir(waiting.pop()) as found:
                for entry in found:
                    entries += 1
                    if entries > most_entries:
                        break
                    with contextlib.suppress(OSError):
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
        except OSError:  # removed meanwhile, not to be read, or too deep to be named
            continue
    return total, entries
