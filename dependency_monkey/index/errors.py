"""What can go wrong with an index; each names the project or the file.

AmunError
└── PackageIndexError
    ├── IndexUnreachableError      no answer, or only errors, after all tries
    ├── ProjectNotFoundError       the index has no such project
    └── IndexAnswerError           an answer that cannot be right: cut short, wrong hash, too large
        ├── TooLargeError          an answer beyond all bounds
        ├── FileVanishedError      a file that the page names is not there
        └── UnusableFileError      the file itself is wrong: asking again would not help
"""

from __future__ import annotations

from amun_core.errors import AmunError


class PackageIndexError(AmunError):
    """A package index does not give what is needed."""

    code = "A910"


class IndexUnreachableError(PackageIndexError):
    """The package index cannot be reached."""

    code = "A911"


class ProjectNotFoundError(PackageIndexError):
    """The index has no such project."""

    code = "A912"

    def __init__(self, project: str, source: str) -> None:
        super().__init__(
            f"the index {source} has no project {project!r}",
            hint="check its spelling, and which [[source]] it comes from",
        )
        self.project = project
        self.source = source


class IndexAnswerError(PackageIndexError):
    """An answer of the package index cannot be right."""

    code = "A913"


class TooLargeError(IndexAnswerError):
    """An answer of the package index is beyond all bounds."""


class FileVanishedError(IndexAnswerError):
    """A file that the page of its project names is not there."""

    code = "A914"

    def __init__(self, filename: str) -> None:
        super().__init__(
            f"{filename} was taken from the index after the page of its project was read",
            hint="ask again: the page will be read anew",
        )
        self.filename = filename


class UnusableFileError(IndexAnswerError):
    """A file of the package index cannot be used."""

    code = "A915"

    def __init__(self, filename: str, why: str) -> None:
        super().__init__(f"{filename}: {why}")
        self.filename = filename
        self.why = why
