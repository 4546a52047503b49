"""What a build in a container is given: context, installer, index settings, certificates.

All of it lies in one folder that only this user reads, is mounted while a step runs, and is
removed afterwards. Nothing of it becomes part of an image or of a stored environment.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from amun_core.dockerfile import CONTEXT_SCRIPT, CONTEXT_UV, SECRETS
from amun_core.errors import EngineError
from inspector.engines import container_inside
from inspector.engines.container_names import Guard
from inspector.environments import find_uv
from inspector.index_settings import IndexSettings, ca_bundle

INSIDE_SCRIPT = Path(container_inside.__file__)

#: BuildKit refuses larger secrets, bytes.
LARGEST_SECRET_BYTES = 500 * 1024

_PEM = re.compile(
    rb"-----BEGIN [A-Z ]*CERTIFICATE-----.+?-----END [A-Z ]*CERTIFICATE-----", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class BuildInputs:
    """A folder with `context`, and the secrets by identity (those that there are)."""

    root: Path
    secrets: Mapping[str, Path]

    @property
    def context(self) -> Path:
        """The build context."""
        return self.root / "context"


@contextmanager
def build_inputs(
    folder: Path, guard: Guard, documents: Mapping[str, str], index: IndexSettings
) -> Iterator[BuildInputs]:
    """Lay the inputs out below `folder`; removed at the end."""
    root = folder / f"{guard.name}.{secrets.token_hex(6)}"
    root.mkdir(parents=True, mode=0o700)
    try:
        context = root / "context"
        context.mkdir()
        for name, text in documents.items():
            (context / name).write_text(text, encoding="utf-8")
        shutil.copyfile(INSIDE_SCRIPT, context / CONTEXT_SCRIPT)
        _place(find_uv(), context / CONTEXT_UV)
        yield BuildInputs(root, _write_secrets(root, index))
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _place(program: Path, target: Path) -> None:
    """A second name for the file where the file system allows it, else a copy."""
    with suppress(OSError):
        target.hardlink_to(program)
        return
    shutil.copyfile(program, target)
    target.chmod(0o755)


def _write_secrets(root: Path, index: IndexSettings) -> dict[str, Path]:
    contents = {"amun-index": json.dumps(_index_document(index)).encode()}
    bundle = ca_bundle(index)
    if bundle is not None:
        contents["amun-certificates"] = _compact(bundle.read_bytes())
    if index.client_certificate is not None:
        contents["amun-client-certificate"] = index.client_certificate.read_bytes()
    if index.netrc is not None:
        contents["amun-netrc"] = index.netrc.read_bytes()
    written = {}
    for identity, content in contents.items():
        if len(content) > LARGEST_SECRET_BYTES:
            raise EngineError(
                f"{identity} has {len(content)} bytes: a build takes secrets of at most "
                f"{LARGEST_SECRET_BYTES} bytes"
            )
        path = root / Path(SECRETS[identity]).name
        path.write_bytes(content)
        path.chmod(0o644 if identity == "amun-certificates" else 0o600)
        written[identity] = path
    return written


def _index_document(index: IndexSettings) -> dict[str, object]:
    """Arguments and variables for uv, with the paths at which a build step sees the files."""
    environment = index.uv_environment()
    environment.pop("SSL_CERT_FILE", None)  # the script names the bundle it is given
    for name, identity in (("SSL_CLIENT_CERT", "amun-client-certificate"), ("NETRC", "amun-netrc")):
        if name in environment:
            environment[name] = SECRETS[identity]
    environment |= {"UV_NO_PROGRESS": "1", "UV_NO_WRAP": "1", "NO_COLOR": "1"}
    return {"arguments": index.uv_arguments(), "environment": environment}


def _compact(bundle: bytes) -> bytes:
    """The certificates of a bundle without the text between them, if any are recognised."""
    found = _PEM.findall(bundle)
    return b"\n".join(found) + b"\n" if found else bundle
