from __future__ import annotations

import json

import pytest
from packaging.utils import canonicalize_name

from dependency_monkey.index.dates import document_url, lacks_dates, with_dates
from dependency_monkey.index.files import FileRow, ProjectPage

WHEEL = FileRow("thing-1.0-py3-none-any.whl", "https://f.example/w")
SDIST = FileRow("thing-1.0.tar.gz", "https://f.example/s", upload_time="2024-01-01T00:00:00+00:00")


def page(*rows: FileRow) -> ProjectPage:
    return ProjectPage(canonicalize_name("thing"), "main", rows=rows)


def test_the_document_stands_beside_the_simple_pages() -> None:
    for url in ("https://i.example/simple", "https://i.example/simple/"):
        assert document_url(url, "thing") == "https://i.example/pypi/thing/json"
    assert document_url("https://i.example/r", "thing") == "https://i.example/r/pypi/thing/json"


def test_only_wheels_without_a_date_need_it() -> None:
    assert lacks_dates(page(WHEEL))
    assert not lacks_dates(page(WHEEL._replace(upload_time="2024-01-01T00:00:00+00:00")))
    assert not lacks_dates(page(SDIST._replace(upload_time=None)))


def test_dates_and_yanks_are_joined() -> None:
    told = {"releases": {"1.0": [
        {"filename": WHEEL.filename, "upload_time_iso_8601": "2025-01-02T03:04:05.6Z", "size": 5,
         "yanked": True, "yanked_reason": "bad"},
        {"filename": SDIST.filename, "upload_time": "2020-01-01T00:00:00"},
    ]}}  # fmt: skip
    wheel, sdist, other = with_dates(
        page(WHEEL, SDIST, FileRow("x-1.zip", "https://f.example/x")), json.dumps(told).encode()
    ).rows
    assert (wheel.upload_time, wheel.yanked, wheel.yanked_reason, wheel.size) == (
        "2025-01-02T03:04:05.600000+00:00", True, "bad", 5,
    )  # fmt: skip
    assert sdist == SDIST
    assert other.upload_time is None


@pytest.mark.parametrize(
    "document", [b"", b"[]", b"{}", b'{"releases": {"1": [{}]}}', b'{"releases": 1}']
)
def test_another_document_is_refused(document: bytes) -> None:
    with pytest.raises(ValueError, match=r"releases|Expecting"):
        with_dates(page(WHEEL), document)
