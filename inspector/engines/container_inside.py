# ruff: noqa: PTH100, PTH101, PTH103, PTH110, PTH112, PTH118, PTH120, PTH123, PTH202, PTH207, T201, UP006, UP035
# (syntax and library of Python 3.6)
"""What is executed inside a base image, by the base's own Python: files, install, tools.

Travels into images, so: standard library only, syntax of Python 3.6, no import of ours, and it
works wherever `context` is mounted. Paths of the build come from the folder the script lies in.
"""

import email.parser
import glob
import json
import os
import re
import subprocess
import sys
from typing import Any, Dict, List, Sequence

CONTEXT = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.dirname(CONTEXT)


def read(name: str, folder: str = CONTEXT) -> Dict[str, Any]:
    """A JSON document of the build; {} where it was not given."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as document:
            return dict(json.load(document))
    except FileNotFoundError:
        return {}


def uv(arguments: List[str], names: Sequence[str] = ()) -> None:
    """Run uv with the host's index settings; its exit code ends this script where it is not 0."""
    code = call_uv(arguments, names)
    if code:
        sys.exit(code)


def call_uv(arguments: List[str], names: Sequence[str] = ()) -> int:
    """Run uv with the host's index settings; its exit code."""
    index = read("index.json", BUILD)
    environment = dict(os.environ)
    environment.update(index.get("environment", {}))
    environment["UV_CACHE_DIR"] = os.path.join(BUILD, "cache")
    environment["UV_PYTHON_DOWNLOADS"] = "never"
    environment["HOME"] = environment["TMPDIR"] = "/tmp"  # noqa: S108 (a throw-away container)
    bundle = os.path.join(BUILD, "certificates.pem")
    if os.path.exists(bundle) and os.path.getsize(bundle):
        environment.update(
            dict.fromkeys(("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"), bundle)
        )
    command = [os.path.join(CONTEXT, "uv"), *arguments, "--color", "never"]
    command += index.get("arguments", []) if arguments[0] == "pip" else ["--no-config"]
    if names:
        command += ["--", *names]
    return subprocess.call(command, env=environment)


def install() -> None:
    """Make the virtual environment and put exactly the locked stack into it."""
    wanted = read("install.json")
    target = wanted["target"]
    uv(["venv", "--python", wanted["python"], "--no-project", "--allow-existing", target])
    code = 0
    for number, tried in enumerate(wanted["attempts"], 1):
        arguments = ["pip", "install", "--python", os.path.join(target, "bin", "python")]
        arguments += ["--no-deps", "--link-mode", "copy", "--compile-bytecode"]
        code = call_uv([*arguments, *tried])
        if not code:
            return
        if number < len(wanted["attempts"]):
            print("The files are looked for on the index, by their hashes.", flush=True)
    sys.exit(code)


def tools() -> None:
    """Put `python_packages` into an environment of their own."""
    wanted = read("tools.json")
    target = wanted["target"]
    uv(["venv", "--python", wanted["python"], "--no-project", target])
    python = os.path.join(target, "bin", "python")
    uv(["pip", "install", "--python", python, "--link-mode", "copy"], tuple(wanted["packages"]))


def files() -> None:
    """Write the user's files: absolute paths as they are, relative ones below the working folder."""
    wanted = read("files.json")
    for entry in wanted["files"]:
        path = os.path.join(wanted["working_folder"], entry["path"])
        folder = os.path.dirname(path)
        if not os.path.isdir(folder):
            os.makedirs(folder)
        with open(path, "w", encoding="utf-8", newline="") as text:
            text.write(entry["content"])
        os.chmod(path, 0o755)  # noqa: S103 (a script must be executable by the run's user)


def installed() -> None:
    """Print [name, version, Requires-Python or ""] of every distribution of the environment that is named."""
    found = set()
    pattern = os.path.join(
        sys.argv[2], "lib", "python*", "site-packages", "*.dist-info", "METADATA"
    )
    for path in glob.glob(pattern):
        with open(path, encoding="utf-8", errors="replace") as text:
            headers = email.parser.HeaderParser().parse(text, headersonly=True)
        name = re.sub(r"[-_.]+", "-", str(headers["Name"])).lower()
        python = str(headers["Requires-Python"] or "").strip()
        found.add((name, str(headers["Version"]).strip(), python))
    print(json.dumps(sorted(found)))


COMMANDS = {
    "files": files,
    "install": install,
    "installed": installed,
    "tools": tools,
}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]]()
