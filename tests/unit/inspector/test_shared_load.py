from __future__ import annotations

import subprocess
import sys

import psutil

from inspector.shared_load import shared_cpus


def _loads() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "select.select" in " ".join(child.cmdline())
    ]


def test_the_load_lasts_as_long_as_the_block_and_no_longer() -> None:
    before = len(_loads())
    with shared_cpus(2):
        assert len(_loads()) == before + 2
    assert len(_loads()) == before


def test_the_load_ends_with_whoever_made_it() -> None:
    program = (
        "import os, sys; from inspector.shared_load import shared_cpus\n"
        "with shared_cpus(1): print(os.getpid(), flush=True); sys.stdin.read()"
    )
    maker = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with maker:
        assert maker.stdout is not None
        assert maker.stdout.readline()
        (load,) = psutil.Process(maker.pid).children()
        maker.kill()  # as nothing could be tidied up
        maker.wait()
        assert psutil.wait_procs([load], timeout=30)[1] == []
