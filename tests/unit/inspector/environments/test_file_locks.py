from __future__ import annotations

import pytest

from amun_core.errors import EngineError
from inspector.engines.base import StoppedError
from inspector.environments import file_locks


@pytest.mark.parametrize("take", [file_locks.exclusive, file_locks.shared])
def test_a_lock_whose_holder_hangs_is_not_waited_for_without_an_end(tmp_path, monkeypatch, take):
    monkeypatch.setattr(file_locks, "WAIT_SECONDS", 0.1)
    path = tmp_path / "key"
    with (
        file_locks.exclusive(path),
        pytest.raises(EngineError, match="another process has held key"),
        take(path),
    ):
        pass


def test_whoever_is_told_to_stop_waits_no_longer(tmp_path):
    path = tmp_path / "key"
    with (
        file_locks.shared(path),
        pytest.raises(StoppedError),
        file_locks.exclusive(path, lambda: True),
    ):
        pass


def test_those_who_share_do_not_wait_for_one_another(tmp_path):
    path = tmp_path / "key"
    with file_locks.shared(path), file_locks.shared(path), file_locks.try_exclusive(path) as held:
        assert not held
