"""The memory of this machine, and sizes that people write."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from amun_client.errors import UsageFaultError
from amun_client.suite import memory as suite_memory


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [("4Gi", 4 * 2**30), ("4GiB", 4 * 2**30), ("500M", 500 * 10**6), ("1000", 1000)],
)
def test_sizes(text: str, bytes_: int) -> None:
    assert suite_memory.parse(text) == bytes_


@pytest.mark.parametrize("text", ["much", "0", "-1Gi", ""])
def test_no_size(text: str) -> None:
    with pytest.raises(UsageFaultError, match="--memory"):
        suite_memory.parse(text)


def test_control_group_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(suite_memory, "_GROUP_LIMITS", (limit,))
    total = psutil.virtual_memory().total
    assert suite_memory.host_bytes() == total
    limit.write_text("max\n")
    assert suite_memory.host_bytes() == total
    limit.write_text("1048576\n")
    assert suite_memory.host_bytes() == 1048576
