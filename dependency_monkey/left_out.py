"""What is not in a space although the index has it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LeftOutBecause(StrEnum):
    """Why a version is not in the space although the index has it."""

    SDIST_ONLY = "sdist_only"
    OTHER_PLATFORM = "other_platform"
    OTHER_PYTHON = "other_python"
    YANKED = "yanked"
    PRE_RELEASE = "pre_release"
    DATE = "date"
    WINDOW = "window"
    EXCLUDED = "excluded"
    CONSTRAINED = "constrained"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One version that is not in the space, and why; `detail` says more where there is more."""

    package: str
    version: str
    because: LeftOutBecause
    detail: str = ""
