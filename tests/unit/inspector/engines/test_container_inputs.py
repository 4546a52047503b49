"""What a build is given, who may read it, and that it goes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from amun_core.errors import EngineError
from inspector.engines.container_inputs import LARGEST_SECRET_BYTES, build_inputs
from inspector.engines.container_names import Guard
from inspector.index_settings import IndexSettings

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"


def settings(folder: Path, bundle: str) -> IndexSettings:
    (folder / "bundle.pem").write_text(bundle)
    (folder / "netrc").write_text("machine index.example login a password b\n")
    return IndexSettings(
        index_url="https://user:s3cret@index.example/simple",
        certificate=folder / "bundle.pem",
        netrc=folder / "netrc",
    )


def test_secrets_lie_beside_the_context_and_go_with_it(tmp_path: Path) -> None:
    index = settings(tmp_path, f"# a comment\n{CERTIFICATE}\nmore words\n{CERTIFICATE}\n")
    guard = Guard(tmp_path / "guards")
    with build_inputs(tmp_path / "builds", guard, {"install.json": "{}"}, index) as inputs:
        assert inputs.root.name.startswith(f"{guard.name}.")
        assert inputs.root.stat().st_mode & 0o777 == 0o700
        assert sorted(path.name for path in inputs.context.iterdir()) == [
            "inside.py",
            "install.json",
            "uv",
        ]
        assert sorted(inputs.secrets) == ["amun-certificates", "amun-index", "amun-netrc"]
        document = json.loads(inputs.secrets["amun-index"].read_text())
        assert document["environment"]["NETRC"] == "/run/amun/netrc"
        assert "SSL_CERT_FILE" not in document["environment"]
        assert "s3cret" in json.dumps(document["environment"])
        assert "s3cret" not in json.dumps(document["arguments"])
        assert inputs.secrets["amun-index"].stat().st_mode & 0o777 == 0o600
        bundle = inputs.secrets["amun-certificates"].read_text()
        assert bundle == f"{CERTIFICATE}\n{CERTIFICATE}\n"
        root = inputs.root
    assert not root.exists()


def test_a_secret_that_no_builder_takes_is_said(tmp_path: Path) -> None:
    index = settings(tmp_path, "x" * (LARGEST_SECRET_BYTES + 1))
    guard = Guard(tmp_path / "guards")
    with (
        pytest.raises(EngineError, match="amun-certificates has 512001 bytes"),
        build_inputs(tmp_path / "builds", guard, {}, index),
    ):
        pytest.fail("the inputs were laid out")
    assert list((tmp_path / "builds").iterdir()) == []
