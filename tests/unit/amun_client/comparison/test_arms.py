from __future__ import annotations

import json
from pathlib import Path

import pytest

from amun_client.comparison.arms import (
    LockFile,
    SpecificationFile,
    Stored,
    Words,
    guess_framework,
    read_arm,
    split_requirements,
)
from amun_client.errors import UsageFaultError

HASH = "sha256:" + "0" * 64


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("text", "requirements"),
    [
        ("numpy==1.26.4", ("numpy==1.26.4",)),
        ("numpy>=1.26,<2", ("numpy<2,>=1.26",)),
        ("numpy >= 1.26, <2 scipy", ("numpy<2,>=1.26", "scipy")),
        ("numpy==1.26.4,scipy<1.14, pandas", ("numpy==1.26.4", "scipy<1.14", "pandas")),
        ("jax[cpu,k8s]==0.4.38 numpy", ("jax[cpu,k8s]==0.4.38", "numpy")),
        ("tensorflow-cpu==2.12.*", ("tensorflow-cpu==2.12.*",)),
    ],
)
def test_requirements_are_split_but_specifiers_are_not(
    text: str, requirements: tuple[str, ...]
) -> None:
    assert split_requirements(text) == requirements


@pytest.mark.parametrize(
    "text", ["", "numpy=1.2", "numpy==", "-e .", "numpy @ https://a.example/x.whl", "; rm"]
)
def test_what_is_no_requirement_is_refused(text: str) -> None:
    with pytest.raises(UsageFaultError, match="no requirement"):
        read_arm(text)


@pytest.mark.parametrize("text", ["inspection-1234", "inspection-mine-1234abcd", "1234abcd"])
def test_ids_are_seen(text: str) -> None:
    assert read_arm(text) == Stored(text)


@pytest.mark.parametrize("text", ["gone.yaml", "locks/Pipfile.lock", "requirements.txt"])
def test_a_file_that_is_not_there_is_said_to_be_missing(text: str) -> None:
    with pytest.raises(UsageFaultError, match="no such file"):
        read_arm(text)


def test_files_are_read_by_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "it.yaml").write_text("runs: 2\n")
    (tmp_path / "it.json").write_text('{"runs": 2}')
    (tmp_path / "requirements.txt").write_text(f"numpy==2.0.2 --hash={HASH}\n")
    pipfile = {
        "_meta": {"sources": []},
        "default": {"numpy": {"version": "==2.0.2", "hashes": [HASH]}},
    }
    (tmp_path / "Pipfile.lock").write_text(json.dumps(pipfile))
    for name in ("it.yaml", "it.json"):
        read = read_arm(name)
        assert isinstance(read, SpecificationFile)
        assert read.document == {"runs": 2}
    for name, lock_format in (
        ("requirements.txt", "requirements.txt"),
        ("Pipfile.lock", "Pipfile.lock"),
    ):
        lock = read_arm(name)
        assert isinstance(lock, LockFile)
        assert lock.lock["format"] == lock_format
        assert lock.packages == {"numpy"}


def test_a_file_named_as_a_requirement_is_the_file(tmp_path: Path) -> None:
    (tmp_path / "numpy").write_text(f"numpy==2.0.2 --hash={HASH}\n")
    assert isinstance(read_arm("numpy"), LockFile)
    assert isinstance(read_arm("scipy"), Words)


@pytest.mark.parametrize(
    ("packages", "framework"),
    [
        ({"numpy", "pandas"}, "numpy"),
        ({"tensorflow-cpu", "numpy"}, "tensorflow"),
        ({"intel-tensorflow"}, "tensorflow"),
        ({"torch", "numpy"}, "torch"),
        ({"torch", "jax"}, None),
        ({"pandas"}, None),
        (set(), None),
    ],
)
def test_the_framework_is_guessed_only_where_it_is_clear(
    packages: set[str], framework: str | None
) -> None:
    assert guess_framework(packages) == framework
