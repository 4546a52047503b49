from __future__ import annotations

import subprocess
import sys

import pytest

#: What a process that only reads or judges imports at its start.
LIGHT = [
    "binomial", "blocks", "bootstrap", "change_points", "description", "detectable", "false_discovery", "median",
    "projection", "quantile_interval", "replay", "sequential", "shape", "spread", "summary", "unpaired", "verdict",
]  # fmt: skip


@pytest.mark.parametrize("heavy", ["numpy", "scipy"])
def test_importing_the_estimators_does_not_load_what_takes_long(heavy: str) -> None:
    imports = ", ".join(f"amun_statistics.{name}" for name in LIGHT)
    program = f"import sys, {imports}; print({heavy!r} in sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert shown.stdout == "False\n"
