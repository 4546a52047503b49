"""Writes any stack of a space as a lock, in each of the formats that are read.

By default a lock holds exactly the hash of the file that defines each version: the wheel that the
environment takes, whose metadata made the stack valid. With all files it can be taken to other
platforms, where nobody has proven it. Equal stacks of equal problems give equal bytes, and no output
holds credentials.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from amun_core.specification import LockFormat
from dependency_monkey.crawl import Crawled
from dependency_monkey.index.opening import default_index_url
from dependency_monkey.pinned import NamedIndex, Pinner
from dependency_monkey.pinned_pipfile import DefaultUrl, pipfile_files
from dependency_monkey.pinned_pylock import pylock_files
from dependency_monkey.pinned_requirements import requirements_files
from dependency_monkey.problem import Problem


class LockWriter:
    """Writes stacks of one problem as locks.

    `sources` are the indexes with the names and addresses that the problem gives them; one without
    an address is the index of pip's configuration, and only where a Pipfile must name it `default_url`
    is asked for its address. `pipfile` is the text of the Pipfile that the problem was read from, if
    it was.
    """

    def __init__(
        self,
        crawled: Crawled,
        problem: Problem,
        sources: Iterable[NamedIndex],
        *,
        pipfile: str | None = None,
        default_url: DefaultUrl = default_index_url,
    ) -> None:
        self._pinner = Pinner(crawled, problem, sources)
        self._pipfile = pipfile
        self._default_url = default_url

    def write(
        self,
        stack: Mapping[str, str],
        lock_format: LockFormat,
        *,
        all_files: bool = False,
        index_addresses: bool = False,
    ) -> dict[str, str]:
        """File name -> text; a Pipfile.lock comes with its Pipfile.

        `index_addresses` has a meaning for requirements.txt only: the other formats name their
        indexes always. Raises NotAStackError for what is no valid stack, LockError where no lock can
        be written of it.
        """
        pinned = self._pinner.pin(stack, all_files=all_files)
        if lock_format is LockFormat.PIPFILE_LOCK:
            return pipfile_files(pinned, self._pipfile, self._default_url)
        if lock_format is LockFormat.PYLOCK:
            return pylock_files(pinned)
        return requirements_files(pinned, index_addresses=index_addresses)
