from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from amun_client import cli


def _load_stub() -> ModuleType:
    # tests are no package (importmode=importlib): a module beside them is loaded by its path
    specification = importlib.util.spec_from_file_location(
        "amun_client_stub_server", Path(__file__).with_name("stub_server.py")
    )
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def shapes() -> ModuleType:
    return _load_stub()


@pytest.fixture
def stub(shapes: ModuleType) -> Iterator[Any]:
    with shapes.serving() as serving:
        yield serving


class Ended(NamedTuple):
    """How a call of `amun` ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def amun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """Call `amun` in an empty folder with an empty home."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AMUN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("NO_COLOR", "FORCE_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> Ended:
        capsys.readouterr()
        code = cli.run(arguments)
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return call
