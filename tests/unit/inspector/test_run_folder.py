from __future__ import annotations

import json

from inspector.engines.base import RunLabels
from inspector.run_folder import folders_of_runs, fresh_folder, write_request

LABELS = RunLabels("installation", "inspection-my-name-0123abcd", 7, 2)


def test_a_folder_is_fresh_and_removed_afterwards(tmp_path):
    stale = tmp_path / "runs" / "inspection-my-name-0123abcd.7.2" / "out"
    stale.mkdir(parents=True)
    (stale / "result.json").write_text("{}")
    with fresh_folder(tmp_path, LABELS) as folder:
        assert not folder.result.exists()
        assert folder.result.parent.stat().st_mode & 0o777 == 0o777
        assert folders_of_runs(tmp_path) == [(folder.root, ("inspection-my-name-0123abcd", 7))]
    assert folders_of_runs(tmp_path) == []


def test_request_and_script_lie_where_the_run_reads_them(tmp_path):
    with fresh_folder(tmp_path, LABELS) as folder:
        write_request(folder, {"run_index": 2}, "print()\n")
        assert json.loads(folder.request.read_text()) == {"run_index": 2}
        assert folder.script.read_text() == "print()\n"


def test_without_a_script_there_is_no_script_file(tmp_path):
    with fresh_folder(tmp_path, LABELS) as folder:
        write_request(folder, {}, None)
        assert not folder.script.exists()


def test_folders_of_somebody_else_are_left_alone(tmp_path):
    (tmp_path / "runs" / "notes.for.me").mkdir(parents=True)
    assert folders_of_runs(tmp_path) == []
