"""`python -m benchmarks NAME [options]`: run one benchmark of this folder."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

NOT_BENCHMARKS = {"__init__", "__main__", "report", "service"}


def known() -> list[str]:
    """Names of the benchmarks in this folder."""
    return sorted(
        path.stem
        for path in Path(__file__).parent.glob("*.py")
        if path.stem not in NOT_BENCHMARKS and not path.stem.startswith("_")
    )


def main() -> int:
    """Run the benchmark that is named on the command line."""
    if len(sys.argv) < 2 or sys.argv[1] not in known():
        print(f"usage: python -m benchmarks {'|'.join(known())} [options]", file=sys.stderr)
        return 2
    name = sys.argv.pop(1)
    sys.argv[0] = f"benchmarks {name}"
    return int(importlib.import_module(f"benchmarks.{name}").main() or 0)


if __name__ == "__main__":
    sys.exit(main())
