"""Build plans for the tests of the container engine: valid as they come."""

from __future__ import annotations

from typing import Any

from amun_core.plan import (
    BuildPlan,
    ImageFacts,
    LockedRequirement,
    OperatingSystemFacts,
    PythonFacts,
)

IMAGE_ID = "sha256:" + "0123456789abcdef" * 4
KEY = "amun-environment-1:" + "ab" * 32
NUMPY = LockedRequirement(name="numpy", version="2.4.6", hashes=("sha256:" + "0a" * 32,))


def image_facts(**changes: Any) -> ImageFacts:
    values: dict[str, Any] = {
        "reference": "debian-python:bookworm",
        "digest": IMAGE_ID,
        "operating_system": OperatingSystemFacts(
            id="debian", version_id="12", name="Debian GNU/Linux", package_tool="apt"
        ),
        "python": PythonFacts(
            executable="/usr/bin/python3.11",
            version="3.11.2",
            implementation="cpython",
            platform="linux-x86_64",
            markers={"python_version": "3.11"},
            prefix="/usr",
        ),
        "libc": "glibc 2.36",
        "architecture": "x86_64",
    }
    return ImageFacts(**values | changes)


def build_plan(**changes: Any) -> BuildPlan:
    values: dict[str, Any] = {
        "engine": "container",
        "engine_why": "asked for in the specification",
        "mode": "image",
        "environment_key": KEY,
        "base": image_facts(),
        "stack_digest": "amun-stack-1:00",
        "lock_digest": "amun-lock-1:00",
        "requirements": (NUMPY,),
    }
    return BuildPlan(**values | changes)
