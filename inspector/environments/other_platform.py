"""Whether a wrong hash is a lock for another platform: the index has its files, and none fits here.

The index tells the names of the files that have the lock's hashes; uv asks it, with the settings
with which it installs.
"""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import uv
from packaging.pylock import Pylock, PylockValidationError

from amun_core.errors import AttemptFailedError
from amun_core.lock_files import strong_hashes
from amun_core.plan import BuildPlan, LockedRequirement
from amun_core.states import AttributedTo, FailureReason
from amun_core.wheel_tags import fitness, tags_of_base
from inspector.index_settings import IndexSettings

ASK_SECONDS = 60
_FIRST = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*) ")


def other_platform(
    failure: AttemptFailedError, plan: BuildPlan, index: IndexSettings, say: Callable[[str], None]
) -> AttemptFailedError:
    """`failure`, or the one that says that the lock is for another platform."""
    named = _FIRST.match(str(failure))
    if failure.reason is not FailureReason.HASH_MISMATCH or named is None:
        return failure
    wanted = next((item for item in plan.requirements if item.name == named["name"]), None)
    tags = tags_of_base(plan.base)
    if wanted is None or tags is None:
        return failure
    files = [name for name in locked_files(wanted, index) if name.endswith(".whl")]
    if not files or any(fitness(name, tags) for name in files):
        return failure
    some = ", ".join(files[:3]) + (", ..." if len(files) > 3 else "")
    what = f"{wanted.name} {wanted.version}"
    say(f"The hashes that the lock has for {what} are those of {some}.\n")
    return AttemptFailedError(
        FailureReason.ARTIFACT_NOT_FOUND,
        f"{what} has no wheel for this platform in the lock: its hashes are those of {some}",
        last_lines=failure.last_lines,
        blame=AttributedTo.REQUEST,
    )


def locked_files(wanted: LockedRequirement, index: IndexSettings) -> list[str]:
    """Names of the index's files of this version that have a hash of the lock; [] if it is mute."""
    command = [
        *(str(Path(uv.find_uv_bin())), "pip", "compile", "-", "--quiet", "--no-deps"),
        *("--universal", "--format", "pylock.toml", "--no-header", "--no-python-downloads"),
        *index.uv_arguments(),
    ]
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "UV_CACHE_DIR")
    variables = {name: os.environ[name] for name in kept if name in os.environ}
    try:
        answer = subprocess.run(
            command,
            input=f"{wanted.name}=={wanted.version}\n",
            env={**variables, "NO_COLOR": "1", **index.uv_environment()},
            capture_output=True,
            text=True,
            check=False,
            timeout=ASK_SECONDS,
        )
        packages = Pylock.from_dict(tomllib.loads(answer.stdout)).packages
    except (subprocess.TimeoutExpired, ValueError, PylockValidationError):
        return []
    wheels = [wheel for package in packages for wheel in package.wheels or ()]
    hashes = set(wanted.hashes)
    return [wheel.filename for wheel in wheels if hashes & set(strong_hashes(wheel.hashes))]
