"""`make quickstart`: one real TensorFlow inspection, from POST to the printed result.

Starts the local service (or uses the one that runs), submits examples/tensorflow-matmul with the
`amun` command as a person would, shows the result, and stops what it started.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from amun_core.errors import AmunError
from amun_core.settings import Settings
from amun_local import messages, state_file
from amun_local.errors import StartFailedError
from amun_local.home import Home
from amun_local.process_table import module

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
INTERRUPTED = 130
#: Time for the first `amun inspect` to cancel kindly before it is ended.
CANCEL_SECONDS = 20.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; 0 if the inspection succeeded."""
    options = _parser().parse_args(arguments)
    begun = time.monotonic()
    try:
        with ExitStack() as stack:
            environ = _environment(options, stack)
            code = _run(options, environ)
    except AmunError as error:
        messages.error(error)
        return 3
    except KeyboardInterrupt:
        messages.tell("interrupted")
        return INTERRUPTED
    seconds = time.monotonic() - begun
    if code == 0:
        messages.tell(f"The quick start succeeded in {seconds:.0f} s.")
    else:
        messages.tell(f"The quick start failed after {seconds:.0f} s (exit code {code}).")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make quickstart", description=__doc__)
    parser.add_argument("--example", default="tensorflow-matmul", help="folder below examples/")
    parser.add_argument("--engine", choices=["auto", "process", "container"])
    parser.add_argument("--runs", type=int)
    parser.add_argument(
        "--temporary", action="store_true", help="use a home folder that is removed at the end"
    )
    return parser


def _environment(options: argparse.Namespace, stack: ExitStack) -> dict[str, str]:
    environ = dict(os.environ)
    if options.temporary:
        folder = Path(tempfile.mkdtemp(prefix="amun-quickstart-"))
        stack.callback(_remove, folder)
        environ["AMUN_HOME"] = str(folder)
    return environ


def _remove(folder: Path) -> None:
    """Remove the temporary home; stored environments are read-only and must be opened first."""
    for path, _, _ in os.walk(folder):
        Path(path).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    specification = EXAMPLES / options.example / "inspection.yaml"
    if not specification.is_file():
        raise StartFailedError(
            f"no example {options.example!r}: {specification} does not exist",
            hint="run `make quickstart` in a checkout",
        )
    ran = _service_runs(environ)
    messages.tell("Starting Amun on this machine ...")
    code = _amun(environ, "up")
    if code != 0:
        return code
    try:
        messages.tell(f"Measuring {specification.parent.name} (the stack is installed first) ...")
        return _inspect(options, specification, environ)
    finally:
        if ran:
            messages.tell("Amun ran before, and goes on running; `amun down` stops it.")
        else:
            _stop(environ)


def _service_runs(environ: Mapping[str, str]) -> bool:
    folder = environ.get("AMUN_HOME")
    home = Path(folder) if folder else Settings.from_environment().home
    return state_file.is_locked(Home(home.expanduser().absolute()).service_lease)


def _inspect(options: argparse.Namespace, specification: Path, environ: Mapping[str, str]) -> int:
    arguments = ["inspect", str(specification)]
    if options.engine:
        arguments += ["--engine", options.engine]
    if options.runs:
        arguments += ["--runs", str(options.runs)]
    return _amun(environ, *arguments)


def _amun(environ: Mapping[str, str], *arguments: str) -> int:
    """Run `amun` and wait. Ctrl-C reaches it from the terminal too: it is left to end in order."""
    with subprocess.Popen([*module("amun_client"), *arguments], env=dict(environ)) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            try:
                process.wait(timeout=CANCEL_SECONDS)
            except (subprocess.TimeoutExpired, KeyboardInterrupt):
                process.terminate()
            raise


def _stop(environ: Mapping[str, str]) -> None:
    """`amun down`, which a second Ctrl-C must not cut short."""
    process = subprocess.Popen(
        [*module("amun_client"), "down"], env=dict(environ), start_new_session=True
    )
    while True:
        try:
            process.wait()
        except KeyboardInterrupt:
            messages.tell("stopping; a moment")
            continue
        return


if __name__ == "__main__":
    sys.exit(main())
