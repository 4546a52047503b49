from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from amun_client.errors import UsageFaultError
from amun_client.sweep import export
from amun_client.sweep.export import Rows, csv_text, rows_of, write_rows
from tests.support.sweep_documents import results


def test_a_row_for_each_stack_with_all_its_packages() -> None:
    rows = rows_of(results(), Rows.STACKS)
    read = list(csv.DictReader(io.StringIO(csv_text(rows))))
    assert [row["stack"] for row in read] == ["numpy 2.2.6", "numpy 2.1.3", "numpy 2.0.2"]
    assert read[1]["ratio"] == "1.5"
    assert (read[1]["numpy"], read[1]["six"]) == ("2.1.3", "1.16")
    assert read[2]["median_s"] == ""
    assert read[2]["failure_message"] == "gcc ended with 1, and so on"


def test_a_row_for_each_run_with_the_packages_that_differ() -> None:
    rows = rows_of(results(), Rows.RUNS)
    assert len(rows) == 4
    assert rows[2]["log_ratio"] == 0.1
    assert rows[2]["numpy"] == "2.1.3"
    assert "six" not in rows[2]


@pytest.mark.parametrize("rows", list(Rows))
def test_parquet_keeps_types_and_what_is_not_known(tmp_path: Path, rows: Rows) -> None:
    import pyarrow.parquet as pq

    path = tmp_path / "results.parquet"
    assert write_rows(results(), rows, path) == len(rows_of(results(), rows))
    assert pq.read_table(path).to_pylist() == rows_of(results(), rows)


def test_files_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    assert write_rows(results(), Rows.STACKS, path) == 3
    assert path.read_text() == csv_text(rows_of(results(), Rows.STACKS))
    write_rows(results(), Rows.STACKS, tmp_path / "r.json")
    assert json.loads((tmp_path / "r.json").read_text()) == results()
    with pytest.raises(UsageFaultError, match="no format"):
        write_rows(results(), Rows.STACKS, tmp_path / "r.xls")
    with pytest.raises(UsageFaultError, match="No such file"):
        write_rows(results(), Rows.STACKS, tmp_path / "absent" / "r.csv")


def test_without_pyarrow_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(UsageFaultError, match="optional extra") as caught:
        write_rows(results(), Rows.STACKS, tmp_path / "r.parquet")
    assert "python -m pip install 'pyarrow>=18'" in (caught.value.hint or "")


def test_nothing_measured_makes_an_empty_table() -> None:
    assert csv_text(rows_of(results(members=[], runs=[]), Rows.RUNS)) == "\n"
