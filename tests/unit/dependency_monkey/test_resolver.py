from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from amun_core.index_settings import IndexSettings
from dependency_monkey.errors import ResolverFailedError
from dependency_monkey.resolver import Refusal, Resolution, Resolver, lines_of, read_pins

SETTINGS = IndexSettings(index_url="https://joe:s3cret@index.example/simple")


class Uv:
    """Stands for uv: remembers how it was called, answers as it is told."""

    def __init__(self, *, output: str | None = None, stderr: str = "") -> None:
        self.output, self.stderr = output, stderr
        self.command: list[str] = []
        self.environment: dict[str, str] = {}
        self.files: dict[str, str] = {}

    def run(
        self, command: Sequence[str], *, env: dict[str, str], **_: Any
    ) -> subprocess.CompletedProcess[str]:
        self.command, self.environment = list(command), env
        out = Path(self.command[self.command.index("--output-file") + 1])
        for path in out.parent.iterdir():
            self.files[path.name] = path.read_text()
        if self.output is not None:
            out.write_text(self.output)
        return subprocess.CompletedProcess(
            self.command, 0 if self.output is not None else 1, "", self.stderr
        )


def asked(monkeypatch: pytest.MonkeyPatch, uv: Uv, **options: Any) -> Resolution | Refusal:
    monkeypatch.setattr(subprocess, "run", uv.run)
    environment = {"PATH": "/bin", "UV_INDEX": "https://wrong.example", "UV_CACHE_DIR": "/cache"}
    return Resolver(SETTINGS, environment, "3.12", **options).resolve(
        ["numpy"], constraints=["scipy==1"], preferences={"numpy": "2.0.2"}
    )


def test_uv_gets_everything_as_arguments_and_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    uv = Uv(output="numpy==2.0.2\n")
    answer = asked(monkeypatch, uv, platform="x86_64-manylinux_2_28")
    assert isinstance(answer, Resolution)
    assert answer.pins == {"numpy": "2.0.2"}
    assert uv.files == {
        "in.txt": "numpy\n",
        "limits.txt": "scipy==1\n",
        "out.txt": "numpy==2.0.2\n",
    }
    assert {"--no-config", "--no-build", "--no-python-downloads"} <= set(uv.command)
    assert uv.command[uv.command.index("--python-version") + 1] == "3.12"
    assert uv.command[uv.command.index("--python-platform") + 1] == "x86_64-manylinux_2_28"
    assert not any("s3cret" in word for word in uv.command)
    assert uv.environment["UV_INDEX_AMUN0_PASSWORD"] == "s3cret"
    assert uv.environment["UV_CACHE_DIR"] == "/cache"
    assert "UV_INDEX" not in uv.environment


def test_sources_are_built_only_where_that_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    uv = Uv(output="numpy==2.0.2\n")
    asked(monkeypatch, uv, wheels_only=False)
    assert "--no-build" not in uv.command


def test_no_solution_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    said = (
        "error: No solution found when resolving dependencies\n"
        "  cause: Because a==1 depends on b<2\n         and you require b==2, it fails.\n"
    )
    answer = asked(monkeypatch, Uv(stderr=said))
    assert answer == Refusal("Because a==1 depends on b<2 and you require b==2, it fails.")


def test_older_words_of_uv_are_understood_too(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "  × No solution found when resolving dependencies:\n  ╰─▶ Because there is no b.\n"
    assert asked(monkeypatch, Uv(stderr=said)) == Refusal("Because there is no b.")


def test_anything_else_is_a_failure_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "error: Failed to fetch https://joe:s3cret@index.example/simple/numpy/"
    with pytest.raises(ResolverFailedError, match="Failed to fetch") as caught:
        asked(monkeypatch, Uv(stderr=said))
    assert "s3cret" not in str(caught.value)


def test_a_uv_that_hangs_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(command: Sequence[str], *, timeout: float, **_: Any) -> Any:
        raise subprocess.TimeoutExpired(list(command), timeout)

    uv = Uv()
    monkeypatch.setattr(uv, "run", hang)
    with pytest.raises(ResolverFailedError, match="within 120 s"):
        asked(monkeypatch, uv)


def test_pins_of_a_lock_with_hashes() -> None:
    text = (
        "# made by uv\nNumPy==2.0.2 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n"
        "torch==2.13.0+cpu ; python_version >= '3.9' \\\n    --hash=sha256:22\n    # via x\n"
    )
    assert read_pins(text) == {"numpy": "2.0.2", "torch": "2.13.0+cpu"}
    assert read_pins(lines_of({"b": "2", "a": "1"})) == {"a": "1", "b": "2"}


@pytest.mark.parametrize("line", ["numpy", "numpy>=1,<2", "numpy @ https://a.example/n.whl", "??"])
def test_what_is_no_pin_is_not_taken(line: str) -> None:
    with pytest.raises(ResolverFailedError):
        read_pins(line)
