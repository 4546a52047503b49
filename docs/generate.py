"""Write the generated pages of docs/reference/ from the code; `--check` only compares."""

from __future__ import annotations

import sys
from pathlib import Path

from docs.reference_pages import pages

FOLDER = Path(__file__).parent / "reference"


def main() -> int:
    """Write the pages, or with --check name those that are not what the code says."""
    stale = []
    for name, text in pages().items():
        file = FOLDER / name
        if not file.exists() or file.read_text() != text:
            stale.append(name)
            if "--check" not in sys.argv:
                file.write_text(text)
    print("\n".join(stale) or "nothing to renew")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
