"""A new environment, compared with its plan: the same for every engine."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from amun_core.errors import AttemptFailedError
from amun_core.installed import differences, is_other_build, takes_python
from amun_core.plan import BuildPlan
from amun_core.states import AttributedTo, FailureReason
from inspector.engines.base import InstalledPackage
from inspector.environments.installed import read_installed, required_pythons
from inspector.environments.uv_failures import local_version_differs


def check_environment(plan: BuildPlan, environment: Path) -> None:
    """Compare the environment in this folder with the plan; raises AttemptFailedError."""
    check_installed(plan, read_installed(environment))
    check_pythons(plan, required_pythons(environment))


def check_installed(plan: BuildPlan, installed: Collection[InstalledPackage]) -> None:
    """Compare what is installed with the plan."""
    found = differences(plan.requirements, installed)
    if found:
        raise AttemptFailedError(
            FailureReason.BUILD_FAILED,
            "what is installed differs from the lock: " + "; ".join(found[:5]),
            last_lines="\n".join(found),
        )
    versions = {package.name: package.version for package in installed}
    for item in plan.requirements:
        if is_other_build(item, versions[item.name]):
            raise AttemptFailedError(
                FailureReason.RESOLUTION_FAILED,
                local_version_differs(item.name, versions[item.name]),
                blame=AttributedTo.REQUEST,
            )


def check_pythons(plan: BuildPlan, required: Collection[tuple[InstalledPackage, str]]) -> None:
    """Refuse what does not admit the Python in use, as uv and `amun stack` do: upper bounds are none."""
    python = plan.base.python.version
    for package, requires in required:
        if not takes_python(requires, python):
            raise AttemptFailedError(
                FailureReason.ARTIFACT_NOT_FOUND,
                f"{package.name} {package.version} requires Python {requires}, here is {python}",
            )
