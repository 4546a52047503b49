"""`python -m amun_api`: serve the API until SIGTERM."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from amun_api.access_log import configure_logging
from amun_api.app import create_app
from amun_api.auth import Guard, check_binding
from amun_api.server import Server, bind_address, log_as_ours
from amun_core.errors import SettingsError
from amun_core.settings import Settings

USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the settings, then serve. Exit code 2 with one clear line where they are wrong."""
    argparse.ArgumentParser(
        prog="python -m amun_api",
        description="Serve the API in the foreground until SIGTERM or Ctrl-C.",
        epilog="It takes no options: AMUN_HOST, AMUN_PORT, AMUN_DATABASE_URL, AMUN_API_TOKEN_FILE "
        "and the other settings say how (docs/reference/settings.md). `amun up` starts the whole "
        "service.",
    ).parse_args(arguments)
    configure_logging()
    log_as_ours()
    try:
        settings = Settings.from_environment()
        check_binding(settings)
        Guard(settings)  # reads the token file: better now than when the first request comes
        Server(lambda: create_app(settings), bind_address(settings.host, settings.port)).serve()
    except SettingsError as error:
        hint = f"\n  hint: {error.hint}" if error.hint else ""
        sys.stderr.write(f"error[{error.code}]: {error}{hint}\n")
        return USAGE
    return 0


if __name__ == "__main__":
    sys.exit(main())
