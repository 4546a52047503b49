from __future__ import annotations

import json

import pytest
from packaging.utils import canonicalize_name

from dependency_monkey.index import pages
from dependency_monkey.index.errors import IndexAnswerError
from dependency_monkey.index.files import IndexFile, moment
from dependency_monkey.index.pages import read_page

NAME = canonicalize_name("thing")
URL = "https://index.example/simple/thing/"
HASH = "0123456789abcdef" * 4


def rows(
    body: str, kind: str = "text/html; charset=utf-8", url: str = URL
) -> tuple[IndexFile, ...]:
    return read_page(NAME, "main", url, kind, body.encode()).files


def html(links: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{links}</body></html>"


def link(attributes: str, name: str = "thing-1.0.tar.gz") -> str:
    return f"<a {attributes}>{name}</a>"


@pytest.mark.parametrize(
    ("address", "head", "expected"),
    [
        ("../../packages/thing-1.0.tar.gz", "", "https://index.example/packages/thing-1.0.tar.gz"),
        ("/p/thing-1.0.tar.gz", "", "https://index.example/p/thing-1.0.tar.gz"),
        ("//files.example/thing-1.0.tar.gz", "", "https://files.example/thing-1.0.tar.gz"),
        ("thing-1.0.tar.gz", '<base href="https://b.example/x/">',
         "https://b.example/x/thing-1.0.tar.gz"),
        ("http://h.example/thing-1.0.tar.gz?sig=a", "", "http://h.example/thing-1.0.tar.gz?sig=a"),
    ],
)  # fmt: skip
def test_addresses_are_relative_to_where_the_page_was_found(
    address: str, head: str, expected: str
) -> None:
    [row] = rows(html(link(f'href="{address}#sha256={HASH}"'), head))
    assert (row.filename, row.url, row.sha256) == ("thing-1.0.tar.gz", expected, HASH)


def test_every_attribute_of_html_is_read() -> None:
    [row] = rows(
        html(
            link(
                f'href="t/thing-1.0%2Blocal-py3-none-any.whl#sha256={HASH}" data-yanked="" '
                f'data-requires-python="&gt;=3.8,&lt;4" data-dist-info-metadata="sha256={HASH}" '
                'data-upload-time="2025-01-02T03:04:05.678Z"'
            )
        )
    )
    assert row == IndexFile(
        "thing-1.0+local-py3-none-any.whl",
        "https://index.example/simple/thing/t/thing-1.0%2Blocal-py3-none-any.whl",
        HASH, ">=3.8,<4", True, None, moment("2025-01-02T03:04:05.678Z"), None, True, HASH,
    )  # fmt: skip


def test_every_field_of_json_is_read() -> None:
    entry = {
        "filename": "thing-1.0.tar.gz", "url": "/p/thing-1.0.tar.gz", "hashes": {"sha256": HASH},
        "requires-python": ">=3.8", "yanked": "broken", "upload-time": "2025-01-02T03:04:05Z",
        "size": 7, "core-metadata": {"sha256": HASH},
    }  # fmt: skip
    other = {**entry, "core-metadata": True, "yanked": False, "hashes": {"md5": "x"}, "size": -1}
    third = {**entry, "core-metadata": False, "yanked": True, "upload-time": None}
    del other["upload-time"]
    files = rows(json.dumps({"files": [entry, other, third]}), "application/json")
    url = "https://index.example/p/thing-1.0.tar.gz"
    assert files[0] == IndexFile(
        "thing-1.0.tar.gz", url, HASH, ">=3.8", True, "broken", moment("2025-01-02T03:04:05Z"),
        7, True, HASH,
    )  # fmt: skip
    assert files[1] == IndexFile(
        "thing-1.0.tar.gz", url, None, ">=3.8", False, None, None, None, True
    )
    assert (files[2].yanked, files[2].yanked_reason, files[2].upload_time) == (True, None, None)
    assert files[2].metadata_apart is False


def test_what_is_no_file_is_left_out() -> None:
    links = [
        link('href="thing-1.0.tar.gz"'), link('href="file:///etc/thing-2.0.tar.gz"'),
        link('href="javascript:thing-3.0.tar.gz"'), link('href="../"'), link("name='x'"),
        link('href="%00thing-4.0.tar.gz"'), link('href="th%0ding-5.0.tar.gz"'),
        link(f'href="{"t" * 300}-6.0.tar.gz"'),
    ]  # fmt: skip
    assert [row.filename for row in rows(html("".join(links)))] == ["thing-1.0.tar.gz"]


def test_a_hash_that_is_none_is_none() -> None:
    [row] = rows(html(link('href="thing-1.0.tar.gz#sha256=abc"')))
    assert row.sha256 is None
    [row] = rows(html(link(f'href="thing-1.0.tar.gz#md5={HASH}"')))
    assert row.sha256 is None


@pytest.mark.parametrize(
    ("body", "kind", "why"),
    [
        ('{"files": [{"filename": "a"}]}', "application/json", "missing required field `url`"),
        ("[]", "application/json", "cannot be read"),
        ('{"files": 7}', "application/json", "cannot be read"),
        ('{"files": [{"filename": 1, "url": 2}]}', "application/json", "cannot be read"),
        ("[" * 100_000, "application/json", "cannot be read"),
        (html('<a href="/login">log in</a>'), "text/html", "none of its links is a file"),
        (html("<h1>It works!</h1>"), "text/html", "no page of an index"),
        ("", "text/html", "no page of an index"),
        ("<html><body>" + link('href="thing-1.0.tar.gz"'), "text/html", "cut short"),
        (html("")[:-7] + '<a href="thing', "text/html", "cut short"),
        (html(link('href="thing-1.0.tar.gz"')), "application/octet-stream", "content type"),
    ],
)  # fmt: skip
def test_what_is_no_page_is_refused_by_name(body: str, kind: str, why: str) -> None:
    with pytest.raises(IndexAnswerError, match=f"^the page of thing on main .*{why}"):
        rows(body, kind)


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MAXIMUM_FILES", 3)
    files = [{"filename": f"thing-{n}.tar.gz", "url": f"/{n}"} for n in range(4)]
    with pytest.raises(IndexAnswerError, match="page of thing on main names 4 files"):
        rows(json.dumps({"files": files}), "application/json")
    assert len(rows(json.dumps({"files": files[:3]}), "application/json")) == 3
    with pytest.raises(IndexAnswerError, match="names 4 files"):
        rows(html("".join(link(f'href="thing-{n}.tar.gz"') for n in range(4))))


def test_a_project_without_files_is_one() -> None:
    assert rows(html("<h1>Links for thing</h1>")) == ()
    assert rows('{"files": []}', "application/vnd.pypi.simple.v1+json") == ()
