from __future__ import annotations

from pathlib import Path

from amun_local.rolling_log import RollingLog


def test_it_never_grows_beyond_its_cap(tmp_path: Path) -> None:
    log = RollingLog(tmp_path / "api.log", maximum_bytes=100)
    for number in range(50):
        log.write(b"%09d\n" % number)
    assert (tmp_path / "api.log").stat().st_size <= 100
    assert (tmp_path / "api.log.1").stat().st_size <= 100
    assert {path.name for path in tmp_path.iterdir()} == {"api.log", "api.log.1"}
    assert log.last_lines(2) == "000000048\n000000049"
    kept = (tmp_path / "api.log.1").read_text() + (tmp_path / "api.log").read_text()
    assert kept.splitlines() == [f"{number:09d}" for number in range(50)][-len(kept) // 10 :]


def test_a_line_longer_than_the_cap_is_kept_whole(tmp_path: Path) -> None:
    log = RollingLog(tmp_path / "api.log", maximum_bytes=10)
    log.write(b"x" * 50 + b"\n")
    assert log.last_lines() == "x" * 50


def test_what_cannot_be_written_is_counted_and_told(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    log = RollingLog(folder / "api.log", maximum_bytes=1000)
    log.write(b"lost\n")
    folder.mkdir()
    log.write(b"kept\n")
    assert (folder / "api.log").read_text() == "(5 bytes could not be written)\nkept\n"


def test_a_log_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert RollingLog(tmp_path / "none.log", maximum_bytes=10).last_lines() == ""
