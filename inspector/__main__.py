"""`python -m inspector ROLE`: one process of the service.

`host` starts and keeps all that a host needs which measures: builder, measurer and reaper.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from amun_core.errors import AmunError
from amun_core.settings import Settings
from inspector.host_roles import keep_host
from inspector.logs import configure_logs


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one process until SIGTERM; 0 after a drain, 1 if it could not start."""
    parser = argparse.ArgumentParser(
        prog="python -m inspector",
        description="Run one process of the service in the foreground until SIGTERM or Ctrl-C; "
        "`host`: the builder, the measurer and the reaper of this host together.",
    )
    parser.add_argument(
        "role", choices=("dispatcher", "builder", "measurer", "solver", "reaper", "host")
    )
    parser.add_argument(
        "--once", action="store_true", help="dispatcher and reaper: look once, then end"
    )
    options = parser.parse_args(arguments)
    if options.once and options.role not in {"dispatcher", "reaper"}:
        parser.error(f"--once: a {options.role} works until it is told to end")
    configure_logs(options.role)
    try:
        return _run(options.role, Settings.from_environment(), once=options.once)
    except AmunError as error:
        sys.stderr.write(f"error[{error.code}]: {error}\n")
        if error.hint:
            sys.stderr.write(f"  hint: {error.hint}\n")
        return 1


def _run(role: str, settings: Settings, *, once: bool) -> int:
    if role == "host":
        return keep_host(settings)
    from inspector import roles  # after the options: loading the engines takes a moment

    if role == "dispatcher":
        return roles.dispatch(settings, once=once)
    if role == "reaper":
        return roles.reap(settings, once=once)
    if role == "solver":
        return roles.solve(settings)
    return roles.work(settings, role)


if __name__ == "__main__":
    sys.exit(main())
