"""`python -m amun_api`: serve the API until SIGTERM."""

from __future__ import annotations

import sys

from amun_api.access_log import configure_logging
from amun_api.app import create_app
from amun_api.auth import Guard, check_binding
from amun_api.server import Server, bind_address
from amun_core.errors import SettingsError
from amun_core.settings import Settings

USAGE = 2


def main() -> int:
    """Check the settings, then serve. Exit code 2 with one clear line where they are wrong."""
    configure_logging()
    try:
        settings = Settings.from_environment()
        check_binding(settings)
        Guard(
            settings
        )  # reads the token file: a broken one shall not start a worker again and again
    except SettingsError as error:
        hint = f"\n  hint: {error.hint}" if error.hint else ""
        sys.stderr.write(f"error[{error.code}]: {error}{hint}\n")
        return USAGE
    server = Server(lambda: create_app(settings), bind_address(settings.host, settings.port))
    server.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
