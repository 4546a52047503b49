from __future__ import annotations

from types import ModuleType

from amun_client.host_text import host_rows, list_table


def test_a_host_without_a_calibration_says_how_to_get_one() -> None:
    host = {"id": "h", "name": "lab", "processor": "X", "cpu_count": 2, "calibrations": []}
    _, rows = list_table([host])
    assert rows == [["h", "lab", "X", "2", "-", "-", "-", "no: amun calibrate"]]
    assert dict(host_rows(host))["calibration"].startswith("none: `amun calibrate`")


def test_the_newest_calibration_is_in_the_list_and_all_are_shown(shapes: ModuleType) -> None:
    older = {**shapes.CALIBRATION, "false_verdict_rate": 0.02}
    host = {"id": "h", "name": "lab", "calibrations": [shapes.CALIBRATION, older]}
    _, rows = list_table([host])
    assert rows[0][4:7] == ["0.4 %", "1.034x", "matmul/numpy"]
    shown = [value for name, value in host_rows(host) if name == "false verdicts"]
    assert shown == ["0.4 %, at most 1.1 % (95 %)", "2 %, at most 1.1 % (95 %)"]
