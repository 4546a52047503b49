"""A campaign of the prior system, as it is: Pipfile, context, runtime environment, pipeline.

The context is an inspection specification; the runtime environment says for which Python and which
system the stacks are meant; what the pipeline asks is read in `amun_client.sweep.pipeline`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from amun_client.errors import UsageFaultError
from amun_client.stack.request import text_of
from amun_client.submission import read_specification
from amun_client.sweep.pipeline import Honoured, honour

Document = dict[str, Any]

#: Names under which the files of a campaign lie in its folder.
_CONTEXTS = ("ac.json", "context.json", "context.yaml", "specification.json")
_ENVIRONMENTS = ("environ.json", "runtime_environment.json")
_PIPELINES = ("pipeline.yaml", "pipeline.yml", "pipeline.json")

#: Operating system of the prior system, release -> its C library.
_LIBC = {
    ("rhel", "8"): "glibc 2.28",
    ("ubi", "8"): "glibc 2.28",
    ("centos", "8"): "glibc 2.28",
    ("rhel", "9"): "glibc 2.34",
    ("ubi", "9"): "glibc 2.34",
    ("rhel", "7"): "glibc 2.17",
    ("centos", "7"): "glibc 2.17",
}


@dataclass(frozen=True, slots=True)
class CampaignFiles:
    """The files of a campaign that were given."""

    context: Path | None = None
    environment: Path | None = None
    pipeline: Path | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """What the files say, and what became of each wish of the pipeline."""

    context: Document = field(default_factory=dict)
    #: Options of the space that the user left open: python_version, platform, libc, pre_releases.
    space: Document = field(default_factory=dict)
    honoured: tuple[Honoured, ...] = ()


def files_in(folder: Path) -> tuple[Path, CampaignFiles]:
    """The Pipfile of a campaign's folder, and what else is there."""
    pipfile = folder / "Pipfile"
    if not pipfile.is_file():
        raise UsageFaultError(f"{folder} has no Pipfile", hint="--campaign names a folder with one")
    first = (
        next((folder / name for name in names if (folder / name).is_file()), None)
        for names in (_CONTEXTS, _ENVIRONMENTS, _PIPELINES)
    )
    return pipfile, CampaignFiles(*first)


def read_campaign(files: CampaignFiles) -> Campaign:
    """Read what was given. Raises UsageFaultError."""
    context: Document = {}
    if files.context is not None:
        context, _ = read_specification(str(files.context), sys.stdin)
    environment = _mapping(files.environment) if files.environment is not None else {}
    space = _space_of(environment)
    honoured: tuple[Honoured, ...] = ()
    if files.pipeline is not None:
        honoured = honour(_mapping(files.pipeline), environment)
        for one in honoured:
            space |= one.space
    return Campaign(_with_hardware(context, environment), space, honoured)


def _mapping(path: Path) -> Document:
    text = text_of(path)
    try:
        found = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise UsageFaultError(f"{path}: not readable: {str(error).splitlines()[0]}") from None
    if not isinstance(found, dict):
        raise UsageFaultError(f"{path}: a mapping is expected")
    return found


def _space_of(environment: Mapping[str, Any]) -> Document:
    """Python and C library that the runtime environment tells."""
    found: Document = {}
    if version := environment.get("python_version"):
        found["python_version"] = str(version)
    system = environment.get("operating_system")
    if isinstance(system, Mapping):
        name, release = str(system.get("name", "")).lower(), str(system.get("version", ""))
        if libc := _LIBC.get((name, release.partition(".")[0])):
            found["libc"] = libc
    return found


def _with_hardware(context: Document, environment: Mapping[str, Any]) -> Document:
    """Hardware of the runtime environment, where the context asks for none."""
    hardware = environment.get("hardware")
    if not context or not isinstance(hardware, Mapping):
        return context
    wanted = {
        name: hardware[name]
        for name in ("cpu_family", "cpu_model")
        if hardware.get(name) is not None
    }
    run = context.get("run")
    if not wanted or not isinstance(run, Mapping) or (run.get("requests") or {}).get("hardware"):
        return context
    requests = {**(run.get("requests") or {}), "hardware": wanted}
    return {**context, "run": {**run, "requests": requests}}
