"""Who answers for a container; what is removed."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from inspector.engines.base import RunLabels
from inspector.engines.container_leftovers import in_use, remove_build_folders
from inspector.engines.container_names import LABEL_GUARD, Guard, run_labels

LABELS = RunLabels("installation", "inspection-1", 3, 0)


def test_a_claim_that_is_alive_keeps_its_container(tmp_path: Path) -> None:
    mine = Guard(tmp_path)
    labels = run_labels(LABELS, mine)
    del labels[LABEL_GUARD]
    assert in_use(labels, mine, {("inspection-1", 3)}, young=False)
    assert not in_use(labels, mine, {("inspection-1", 4)}, young=False)
    assert not in_use(labels, mine, set(), young=False)


def test_a_living_worker_gets_time_to_end_what_it_lost(tmp_path: Path) -> None:
    mine = Guard(tmp_path)
    labels = run_labels(LABELS, mine)
    assert in_use(labels, mine, set(), young=True)
    assert not in_use(labels, mine, set(), young=False)


def test_a_dead_worker_keeps_nothing(tmp_path: Path) -> None:
    mine = Guard(tmp_path)
    labels = {**run_labels(LABELS, mine), LABEL_GUARD: "0123456789abcdef"}
    assert not in_use(labels, mine, set(), young=True)
    assert not in_use({LABEL_GUARD: "0123456789abcdef"}, mine, set(), young=True)
    assert in_use({LABEL_GUARD: mine.name}, mine, set(), young=False)


def test_build_folders_of_dead_workers_go(tmp_path: Path) -> None:
    guards, builds = tmp_path / "guards", tmp_path / "builds"
    mine = Guard(guards)
    (builds / f"{mine.name}.11").mkdir(parents=True)
    (builds / "0123456789abcdef.22").mkdir()
    assert remove_build_folders(builds, mine) == [
        "build folder 0123456789abcdef.22 of a worker that is gone"
    ]
    assert [folder.name for folder in builds.iterdir()] == [f"{mine.name}.11"]


def test_a_guard_lives_as_long_as_its_lock(tmp_path: Path) -> None:
    mine, other = Guard(tmp_path), Guard(tmp_path)
    assert other.alive(mine.name)
    orphan = tmp_path / "00000000000000aa"
    descriptor = os.open(orphan, os.O_CREAT | os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    assert mine.alive(orphan.name)
    os.close(descriptor)  # as the end of its process does
    assert not mine.alive(orphan.name)
    assert not orphan.exists()
    assert not mine.alive("../escape")


def test_a_claim_whose_worker_is_gone_keeps_nothing_though_its_lease_goes_on(
    tmp_path: Path,
) -> None:
    mine = Guard(tmp_path)
    labels = run_labels(LABELS, mine) | {LABEL_GUARD: "0123456789abcdef"}
    assert not in_use(labels, mine, {("inspection-1", 3)}, young=True)
