from __future__ import annotations

import json

import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name

from dependency_monkey.index.dates import document_url, lacks_dates, with_dates
from dependency_monkey.index.files import IndexFile, ProjectPage, moment

WHEEL = IndexFile("thing-1.0-py3-none-any.whl", "https://f.example/w")
SDIST = IndexFile("thing-1.0.tar.gz", "https://f.example/s", upload_time=moment("2024-01-01"))


def page(*files: IndexFile) -> ProjectPage:
    return ProjectPage(canonicalize_name("thing"), "main", files)


def test_the_document_stands_beside_the_simple_pages() -> None:
    for url in ("https://i.example/simple", "https://i.example/simple/"):
        assert document_url(url, "thing") == "https://i.example/pypi/thing/json"
    assert document_url("https://i.example/r", "thing") == "https://i.example/r/pypi/thing/json"


def test_only_wheels_without_a_date_need_it() -> None:
    assert lacks_dates(page(WHEEL))
    assert not lacks_dates(page(replace(WHEEL, upload_time=moment("2024-01-01"))))
    assert not lacks_dates(page(replace(SDIST, upload_time=None)))


def test_dates_and_yanks_are_joined() -> None:
    told = {"releases": {"1.0": [
        {"filename": WHEEL.filename, "upload_time_iso_8601": "2025-01-02T03:04:05.6Z", "size": 5,
         "yanked": True, "yanked_reason": "bad"},
        {"filename": SDIST.filename, "upload_time": "2020-01-01T00:00:00"},
    ]}}  # fmt: skip
    wheel, sdist, other = with_dates(
        page(WHEEL, SDIST, IndexFile("x-1.zip", "https://f.example/x")), json.dumps(told).encode()
    ).files
    assert (wheel.upload_time, wheel.yanked, wheel.yanked_reason, wheel.size) == (
        moment("2025-01-02T03:04:05.6Z"), True, "bad", 5,
    )  # fmt: skip
    assert sdist == SDIST
    assert other.upload_time is None


@pytest.mark.parametrize(
    "document", [b"", b"[]", b"{}", b'{"releases": {"1": [{}]}}', b'{"releases": 1}']
)
def test_another_document_is_refused(document: bytes) -> None:
    with pytest.raises(ValueError, match=r"releases|Expecting"):
        with_dates(page(WHEEL), document)
