from __future__ import annotations

import pytest

from amun_core.host_class import host_class

HOST = {
    "host_id": "amun-host-1:aa",
    "hostname": "bench-1",
    "cpu_brand": "Brand A",
    "cpu_set": [0, 1],
    "memory_bytes": 1,
    "accelerators": [{"kind": "gpu", "name": "A", "driver_version": "1"}],
}


@pytest.mark.parametrize(
    "changes", [{"host_id": "b"}, {"hostname": "b"}, {"memory_bytes": 2}, {"microcode": "0x2"}]
)
def test_twins_are_of_one_class(changes: dict[str, object]) -> None:
    assert host_class(HOST | changes) == host_class(HOST)


@pytest.mark.parametrize(
    "changes",
    [
        {"cpu_brand": "Brand B"},
        {"cpu_set": [0]},
        {"governor": "powersave"},
        {"accelerators": []},
        {"accelerators": [{"kind": "gpu", "name": "A", "driver_version": "2"}]},
    ],
)
def test_what_decides_the_speed_makes_another_class(changes: dict[str, object]) -> None:
    assert host_class(HOST | changes) != host_class(HOST)
