"""Child interpreters, for real."""

from __future__ import annotations

import platform

from pis.hello_world.on_python import HelloWorldOnPython


def test_a_run(drive) -> None:
    indicator = {"name": "hello_world", "framework": "python", "parameters": {"reps": 2}}
    ended = drive(indicator=indicator)
    assert (ended.code, ended.result["failure"]) == (0, None)
    assert len(ended.result["samples"]["values"]) == 2
    assert list(ended.result["@result"]) == ["elapsed"]
    # no interpreter starts within a millisecond
    assert ended.result["@result"]["elapsed"] > 1
    assert ended.result["runtime"]["component_version"] == platform.python_version()
    assert ended.result["component"] == "python"


def test_another_line_is_seen() -> None:
    workload = HelloWorldOnPython({}, 0)
    for line in (b"", b"Hello, World!", b"Hello, World!\nx\n", b"hello, world!\n"):
        workload.step = lambda line=line: line
        assert not workload.check().passed
    workload.step = lambda: b"Hello, World!\n"
    assert workload.check().passed
