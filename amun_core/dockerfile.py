"""The Dockerfile of a build plan, as text, and the files of its build context.

Pure. What a user wrote reaches the Dockerfile in three forms only: as an element of a JSON array
that is executed without a shell, as a quoted value with every special character escaped, or not
at all (a file of the build context, or a build argument where no line can carry the value). The
index settings and certificates of the host are build secrets: the text names them, never holds them.

What is executed inside the build lies in the context too: `CONTEXT_UV`, the installer, and
`CONTEXT_SCRIPT`, a standard-library Python script with the commands `files`, `install` and `tools`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from amun_core.errors import AttemptFailedError
from amun_core.install_files import attempts
from amun_core.plan import BuildPlan
from amun_core.states import FailureReason

#: Where the software stack lies in a built image.
ENVIRONMENT_FOLDER = "/opt/amun/environment"
#: Where `python_packages` lie in a built image: beside the stack, never in it.
TOOLS_FOLDER = "/opt/amun/tools"
#: Folder to which relative paths of a user's files refer.
WORKING_FOLDER = "/home/amun"
#: Where context, secrets and cache are mounted while a build step runs. Nothing of it stays.
BUILD_FOLDER = "/run/amun"

CONTEXT_UV = "uv"
CONTEXT_SCRIPT = "inside.py"
#: Build secrets: identity -> where a build step reads it. One that is not given is not mounted.
SECRETS = {
    "amun-certificates": f"{BUILD_FOLDER}/certificates.pem",
    "amun-client-certificate": f"{BUILD_FOLDER}/client.pem",
    "amun-index": f"{BUILD_FOLDER}/index.json",
    "amun-netrc": f"{BUILD_FOLDER}/netrc",
}

LABEL_PREFIX = "org.amun."

#: A longer value would make a line that the Dockerfile parser refuses (64 KiB).
_LONGEST_LINE_VALUE = 30_000
_HEX = re.compile(r"[0-9a-f]{32,}")

_CERTIFICATES = SECRETS["amun-certificates"]
_TRUST = f"if [ -s {_CERTIFICATES} ]; then export SSL_CERT_FILE={_CERTIFICATES} CURL_CA_BUNDLE={_CERTIFICATES}; fi; "
_APT = "apt-get -o Acquire::Retries=2 -o Acquire::https::CAInfo=$SSL_CERT_FILE"


@dataclass(frozen=True, slots=True)
class _PackageTool:
    """How one distribution's tool refreshes, upgrades, installs ("$@") and cleans up."""

    refresh: str
    upgrade: str
    install: str
    clean: str


_PACKAGE_TOOLS: dict[str, _PackageTool] = {
    "apt": _PackageTool(
        "export DEBIAN_FRONTEND=noninteractive; "
        "export SSL_CERT_FILE=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}; "
        f"{_APT} update",
        f"{_APT} -y dist-upgrade",
        f'{_APT} install -y --no-install-recommends -- "$@"',
        "rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin; apt-get clean",
    ),
    "dnf": _PackageTool("true", "dnf -y upgrade", 'dnf -y install -- "$@"', "dnf clean all"),
    "microdnf": _PackageTool(
        "true", "microdnf -y upgrade", 'microdnf -y install "$@"', "microdnf clean all"
    ),
    "yum": _PackageTool("true", "yum -y update", 'yum -y install -- "$@"', "yum clean all"),
    "apk": _PackageTool("apk update", "apk upgrade", 'apk add -- "$@"', "rm -rf /var/cache/apk/*"),
    "zypper": _PackageTool(
        "zypper --non-interactive refresh",
        "zypper --non-interactive update",
        'zypper --non-interactive install --no-recommends -- "$@"',
        "zypper clean --all",
    ),
}


@dataclass(frozen=True, slots=True)
class DockerBuild:
    """A rendered build: the Dockerfile, the text files of its context, its build arguments."""

    dockerfile: str
    context: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)


def render(plan: BuildPlan, labels: Mapping[str, str] | None = None) -> DockerBuild:
    """Turn a plan into a Dockerfile with its context. Equal plans give equal bytes.

    Raises AttemptFailedError where native packages are wanted and the base has no known tool.
    """
    lines, arguments = _environment_lines(plan.environment)
    sections = [
        [f"FROM {base_tag(plan.base.digest)}", "USER 0"],
        [f"LABEL {name}={_quoted(value)}" for name, value in sorted((labels or {}).items())],
        _native_lines(plan),
        [f'ENV PATH="{ENVIRONMENT_FOLDER}/bin:${{PATH}}"', *lines],
        [_inside(plan, "install", CONTEXT_UV, "install.json", *_files(plan), network=True)],
        [_inside(plan, "tools", CONTEXT_UV, "tools.json", network=True)]
        if plan.tool_packages
        else [],
        [_inside(plan, "files", "files.json", network=False)] if plan.files else [],
        [
            f"WORKDIR {WORKING_FOLDER}",
            "USER 65534:65534",
            f"ENTRYPOINT {_json([f'{ENVIRONMENT_FOLDER}/bin/python'])}",
        ],
    ]
    text = "\n\n".join("\n".join(section) for section in sections if section) + "\n"
    return DockerBuild(dockerfile=text, context=_context(plan), arguments=arguments)


def base_tag(digest: str) -> str:
    """The local name under which the engine offers a base image to a build.

    A builder takes names only, and a user's name may point to another image by then: so the
    engine gives the resolved image this name, made of its digest.
    """
    name = digest.rpartition(":")[2].lower()
    if not _HEX.fullmatch(name):
        name = hashlib.sha256(digest.encode()).hexdigest()
    return f"amun-base:{name[:40]}"


def _native_lines(plan: BuildPlan) -> list[str]:
    if not plan.native_packages and not plan.update:
        return []
    name = plan.base.operating_system.package_tool
    if name is None:
        raise AttemptFailedError(
            FailureReason.BASE_IMAGE_UNSUITABLE,
            f"native packages are asked for, and {plan.base.reference} has none of "
            f"{', '.join(_PACKAGE_TOOLS)}",
        )
    tool = _PACKAGE_TOOLS[name]
    steps = [tool.refresh]
    steps += [tool.upgrade] if plan.update else []
    steps += [tool.install] if plan.native_packages else []
    script = "set -eu; " + _TRUST + "; ".join([*steps, tool.clean])
    command = ["/bin/sh", "-c", script, "amun-native", *plan.native_packages]
    # apt drops its rights before it reads certificates: they must be readable by everyone
    return [f"RUN {_secret('amun-certificates')},mode=0444 {_json(command)}"]


def _environment_lines(
    environment: Iterable[tuple[str, str]],
) -> tuple[list[str], dict[str, str]]:
    """ENV lines; a value that no line can carry becomes a build argument."""
    lines: list[str] = []
    arguments: dict[str, str] = {}
    for name, value in environment:
        if len(value.encode()) > _LONGEST_LINE_VALUE or not value.isprintable():
            argument = f"AMUN_VALUE_{len(arguments)}"
            arguments[argument] = value
            lines += [f"ARG {argument}", f'ENV {name}="${{{argument}}}"']
        else:
            lines.append(f"ENV {name}={_quoted(value)}")
    return lines, arguments


def _inside(plan: BuildPlan, command: str, *needed: str, network: bool) -> str:
    """A step that the script of the context does, with the base's own Python.

    Each step mounts what it needs and no more: what it does not see cannot outdate its layer.
    """
    mounts = [
        f"--mount=type=bind,source={name},target={BUILD_FOLDER}/context/{name},readonly"
        for name in (CONTEXT_SCRIPT, *needed)
    ]
    if network:
        mounts += [_secret(identity) for identity in SECRETS]
        # a wheel built on one base does not fit another: each base has its own cache
        cache = base_tag(plan.base.digest).replace(":", "-")
        mounts.append(f"--mount=type=cache,id={cache},target={BUILD_FOLDER}/cache,sharing=locked")
    script = f"{BUILD_FOLDER}/context/{CONTEXT_SCRIPT}"
    words = _json([plan.base.python.executable, "-I", script, command])
    return "RUN " + " \\\n    ".join([*mounts, words])


def _secret(identity: str) -> str:
    return f"--mount=type=secret,id={identity},target={SECRETS[identity]}"


def _context(plan: BuildPlan) -> dict[str, str]:
    context = install_documents(plan, ENVIRONMENT_FOLDER)
    if plan.tool_packages:
        context["tools.json"] = _document(
            python=plan.base.python.executable,
            target=TOOLS_FOLDER,
            packages=list(plan.tool_packages),
        )
    if plan.files:
        files = [{"path": item.path, "content": item.content} for item in plan.files]
        context["files.json"] = _document(working_folder=WORKING_FOLDER, files=files)
    return context


def _files(plan: BuildPlan) -> list[str]:
    return [name for one in attempts(plan) for name in one.files]


def install_documents(plan: BuildPlan, target: str) -> dict[str, str]:
    """What the script's `install` reads: the stack, and where it goes (`target`)."""
    tried = attempts(plan)
    document = _document(
        python=plan.base.python.executable,
        target=target,
        attempts=[one.arguments(f"{BUILD_FOLDER}/context") for one in tried],
    )
    files = {name: text for one in tried for name, text in one.files.items()}
    return {"install.json": document, **files}


def _document(**values: object) -> str:
    return json.dumps(values, sort_keys=True)


def _json(words: Sequence[str]) -> str:
    """The exec form: no shell reads it. `<` is escaped, so that no here-document is seen in it."""
    return json.dumps(list(words)).replace("<", "\\u003c")


def _quoted(value: str) -> str:
    """A double-quoted word, with the three characters escaped that mean something inside quotes."""
    return '"' + re.sub(r'([\\"$])', r"\\\1", value) + '"'
