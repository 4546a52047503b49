"""What would be built: the Dockerfile of a specification, without an engine and without building."""

from __future__ import annotations

from flask import Response, request
from pydantic_core import from_json

from amun_api import compatibility_models as models
from amun_api.body import read_json
from amun_api.compatibility import EXAMPLES
from amun_api.compatibility_documents import specification_document
from amun_api.documentation import faults, json_body, part
from amun_api.json_answer import json_answer
from amun_api.service import service
from amun_api.submission import check_document
from amun_api.surfaces import Surface
from amun_core.dockerfile import base_tag, render
from amun_core.errors import AttemptFailedError, Fault, InvalidSpecificationError
from amun_core.index_map import IndexMap
from amun_core.normalisation import ParsedSpecification
from amun_core.plan import HostFacts, ImageFacts, OperatingSystemFacts, PythonFacts
from amun_core.planning import make_plan
from amun_core.redaction import HIDDEN, redact_text
from amun_core.specification import EnvironmentVariable

api = part("debugging", "compatibility", Surface.COMPATIBILITY)

_NOTE = """\
# Made without looking at the base image. Assumed of it:
#   digest           not resolved: a build names the digest of {base}
#   package tool     {tool} ({why})
#   Python           {python}
# Values of environment variables are hidden.
"""
#: Part of a base's name -> package tool of the distribution that it speaks of.
_TOOLS = (
    ("ubi-minimal", "microdnf"),
    ("ubi", "dnf"),
    ("fedora", "dnf"),
    ("centos", "dnf"),
    ("rhel", "dnf"),
    ("alpine", "apk"),
    ("suse", "zypper"),
)
_ASSUMED_PYTHON = "3.11.0"


@api.post(
    "/api/v1/_debug/generate-dockerfile",
    responses={200: models.DockerfileAnswer, **faults(Surface.COMPATIBILITY, 413, 415)},
    openapi_extensions=json_body(
        models.PublishedSpecification, "As for POST /api/v1/inspect.", EXAMPLES
    ),
)
def generate_dockerfile() -> Response:
    """Show the Dockerfile of a specification, with documented assumptions about its base."""
    parsed = check_document(read_json(request), Surface.COMPATIBILITY, service().catalogue)
    return json_answer(
        {
            "dockerfile": redact_text(_dockerfile(parsed)),
            "parameters": specification_document(from_json(parsed.canonical)),
        }
    )


def _dockerfile(parsed: ParsedSpecification) -> str:
    specification = parsed.specification
    hidden = specification.model_copy(
        update={
            "environment": tuple(
                EnvironmentVariable(name=variable.name, value=HIDDEN)
                for variable in specification.environment
            ),
            # requests for hardware and a script at an address are no business of the Dockerfile
            "run": type(specification.run)(),
            "script": None,
            "indicator": None,
        }
    )
    base = specification.base or ""
    tool, why = package_tool_of(base)
    image = _assumed_image(base, tool, parsed)
    try:
        plan = make_plan(
            hidden,
            parsed.lock,
            image,
            _ASSUMED_HOST,
            engine="container",
            engine_why="asked for by its name",
            index_map=IndexMap({}),
            script_text=None,
            indicator_version=None,
        )
        rendered = render(plan.build).dockerfile
    except AttemptFailedError as error:
        fault = Fault("", str(error), error.hint)
        raise InvalidSpecificationError(str(error), faults=(fault,)) from None
    note = _NOTE.format(base=base, tool=tool, why=why, python=image.python.version)
    return note + rendered.replace(f"FROM {base_tag(image.digest)}", f"FROM {base}", 1)


def package_tool_of(base: str) -> tuple[str, str]:
    """The package tool that a base's name speaks of, and why."""
    lowered = base.lower()
    for word, tool in _TOOLS:
        if word in lowered:
            return tool, f"the name of the base holds {word!r}"
    return "apt", "nothing in the name of the base speaks of another"


_ASSUMED_HOST = HostFacts(
    host_id="assumed",
    hostname="assumed",
    cpu_count=1024,
    cpu_set=tuple(range(1024)),
    memory_bytes=2**60,
)


def _assumed_image(base: str, tool: str, parsed: ParsedSpecification) -> ImageFacts:
    lock = parsed.lock
    wanted = lock.python_version if lock is not None else None
    full = f"{wanted}.0" if wanted and wanted.count(".") == 1 else wanted or _ASSUMED_PYTHON
    short = ".".join(full.split(".")[:2])
    markers = {
        "implementation_name": "cpython",
        "implementation_version": full,
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": full,
        "python_version": short,
        "sys_platform": "linux",
    }
    return ImageFacts(
        reference=base,
        digest=f"unresolved:{base}",
        operating_system=OperatingSystemFacts.model_validate({"package_tool": tool}),
        python=PythonFacts(
            executable="/usr/bin/python3",
            version=full,
            implementation="cpython",
            platform="linux-x86_64",
            markers=markers,
        ),
        architecture="x86_64",
    )
