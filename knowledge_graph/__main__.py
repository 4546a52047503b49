"""`python -m knowledge_graph upgrade|current|check`: the schema of the database AMUN_* names."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from amun_core.errors import AmunError
from amun_core.settings import Settings
from knowledge_graph import database


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 1 the database is not as it should be."""
    parser = argparse.ArgumentParser(
        prog="python -m knowledge_graph",
        description="Make, upgrade or look at the schema of the database that AMUN_DATABASE_URL "
        "names; without it: amun.sqlite in AMUN_HOME.",
    )
    parser.add_argument(
        "command",
        choices=("upgrade", "current", "check"),
        help="upgrade: in place, to the newest schema; current: print the schema's revision; "
        "check: fail unless it is the newest",
    )
    wanted: str = parser.parse_args(arguments).command
    try:
        url = Settings.from_environment().resolved_database_url
        if wanted == "upgrade":
            answer = database.upgrade(url)
        elif wanted == "current":
            answer = database.current(url) or "none"
        else:
            database.check(url)
            answer = f"{database.head()} is the newest"
    except AmunError as error:
        sys.stderr.write(f"error[{error.code}]: {error}\n")
        if error.hint:
            sys.stderr.write(f"  hint: {error.hint}\n")
        return 1
    sys.stdout.write(answer + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
