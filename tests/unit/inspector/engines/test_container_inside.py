"""The script that is executed inside images, tried with this Python and a stand-in for uv."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.engines.container_inputs import INSIDE_SCRIPT

INSTALL = {
    "python": "/p",
    "target": "/t",
    "attempts": [["--require-hashes", "--requirements", "requirements.txt"]],
}


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "inside.py").write_bytes(INSIDE_SCRIPT.read_bytes())
    return folder


def call(context: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(context / "inside.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_python_3_6() -> None:
    ast.parse(INSIDE_SCRIPT.read_text(), feature_version=(3, 6))


def test_files_are_written_as_they_are(context: Path, tmp_path: Path) -> None:
    odd = 'a "b"\n$HOME/c.txt'
    absolute = str(tmp_path / "etc" / "x.conf")
    files = [{"path": odd, "content": "x\r\n$y"}, {"path": absolute, "content": "z"}]
    work = tmp_path / "work"
    (context / "files.json").write_text(json.dumps({"working_folder": str(work), "files": files}))
    assert call(context, "files").returncode == 0
    assert (work / odd).read_bytes() == b"x\r\n$y"
    assert Path(absolute).read_text() == "z"
    assert Path(absolute).stat().st_mode & 0o777 == 0o755


def test_uv_gets_arguments_passwords_and_certificates(context: Path, tmp_path: Path) -> None:
    uv = context / "uv"
    uv.write_text(
        f"#!{sys.executable} -I\nimport json, os, sys\n"
        f"print(json.dumps([sys.argv[1:], dict(os.environ)]), file=open({str(tmp_path / 'seen')!r}, 'a'))\n"
    )
    uv.chmod(0o755)
    (context / "install.json").write_text(json.dumps(INSTALL))
    (context / "requirements.txt").write_text("numpy==1\n")
    (context / "tools.json").write_text(
        json.dumps({"python": "/p", "target": "/tools", "packages": ["--evil", "a b"]})
    )
    (tmp_path / "index.json").write_text(
        json.dumps({"arguments": ["--no-config"], "environment": {"UV_INDEX_A_PASSWORD": "p"}})
    )
    (tmp_path / "certificates.pem").write_text("x")
    assert call(context, "install").returncode == 0
    assert call(context, "tools").returncode == 0
    venv, install, _, tools = map(json.loads, (tmp_path / "seen").read_text().splitlines())
    assert venv[0][:3] == ["venv", "--python", "/p"]
    assert install[0][:4] == ["pip", "install", "--python", "/t/bin/python"]
    assert {"--require-hashes", "--no-deps", "--compile-bytecode", "--no-config"} <= set(install[0])
    assert install[1]["UV_INDEX_A_PASSWORD"] == "p"
    assert install[1]["SSL_CERT_FILE"] == str(tmp_path / "certificates.pem")
    assert tools[0][-3:] == ["--", "--evil", "a b"]


@pytest.mark.parametrize(("failing", "code", "tried"), [
    ([], 0, ["pylock.toml"]),
    (["pylock.toml"], 0, ["pylock.toml", "requirements.txt"]),
    (["pylock.toml", "requirements.txt"], 1, ["pylock.toml", "requirements.txt"]),
])  # fmt: skip
def test_what_is_no_longer_at_its_address_is_looked_for_on_the_index(
    context: Path, tmp_path: Path, failing: list[str], code: int, tried: list[str]
) -> None:
    uv = context / "uv"
    uv.write_text(
        f"#!{sys.executable} -I\nimport os, sys\n"
        "name = os.path.basename(sys.argv[-3])\n"
        f"if sys.argv[1] == 'pip': print(name, file=open({str(tmp_path / 'seen')!r}, 'a'))\n"
        f"sys.exit(sys.argv[1] == 'pip' and name in {failing!r})\n"
    )
    uv.chmod(0o755)
    files = ["pylock.toml", "requirements.txt"]
    wanted = {**INSTALL, "attempts": [["--requirements", name] for name in files]}
    (context / "install.json").write_text(json.dumps(wanted))
    assert call(context, "install").returncode == code
    assert (tmp_path / "seen").read_text().split() == tried


def test_a_failed_install_ends_with_its_code(context: Path) -> None:
    uv = context / "uv"
    uv.write_text("#!/bin/sh\nexit 2\n")
    uv.chmod(0o755)
    (context / "install.json").write_text(json.dumps(INSTALL))
    assert call(context, "install").returncode == 2


def test_installed_packages_are_listed(context: Path, tmp_path: Path) -> None:
    site = tmp_path / "e" / "lib" / "python3.6" / "site-packages"
    for name, version in (("Ab_c", "1.0"), ("zope.x", "2")):
        folder = site / f"{name}-{version}.dist-info"
        folder.mkdir(parents=True)
        python = "Requires-Python: >=3.6\n" if name == "Ab_c" else ""
        (folder / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n{python}\ntext")
    answer = call(context, "installed", str(tmp_path / "e"))
    assert json.loads(answer.stdout) == [["ab-c", "1.0", ">=3.6"], ["zope-x", "2", ""]]
