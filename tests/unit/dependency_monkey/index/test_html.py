from __future__ import annotations

import html as escaping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dependency_monkey.index import html
from dependency_monkey.index.html import read_html

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=12)
ANCHORS = st.lists(
    st.dictionaries(st.sampled_from(["href", "data-yanked", "rel"]), TEXT), max_size=5
)


def written(anchors: list[dict[str, str]]) -> str:
    links = [
        "<a"
        + "".join(f' {name}="{escaping.escape(value)}"' for name, value in one.items())
        + ">a file</a><br/>"
        for one in anchors
    ]
    return "<html><body><h1>Links for x</h1>\n" + "\n".join(links) + "\n</body></html>"


@given(ANCHORS)
def test_the_quick_way_reads_what_the_real_parser_reads(anchors: list[dict[str, str]]) -> None:
    text = written(anchors)
    quick = html._quickly(text)
    assert quick is not None
    assert quick.anchors == html._thoroughly(text).anchors == anchors


@given(ANCHORS.filter(bool), st.data())
def test_a_page_that_is_cut_is_refused(anchors: list[dict[str, str]], data: st.DataObject) -> None:
    text = written(anchors)
    place = data.draw(st.integers(20, text.index("</body>")))
    with pytest.raises(ValueError, match=r"cut short|no page of an index"):
        read_html(text[:place])


@pytest.mark.parametrize(
    "text",
    [
        "<HTML><BODY><A HREF='x-1.tar.gz' Data-Yanked>x</A></BODY></HTML>",
        "<html><!-- <a href='no'>no</a> --><a href='x-1.tar.gz' data-yanked>x</a></html>",
        "<a\n  href=x-1.tar.gz\n  data-yanked\n>x</a>",
        '<a href="x-1.tar.gz" href="other" data-yanked>x</a>',
    ],
)
def test_other_ways_to_write_a_page(text: str) -> None:
    assert read_html(text).anchors == [{"href": "x-1.tar.gz", "data-yanked": ""}]


def test_the_base_is_read() -> None:
    page = read_html('<html><base href="https://b.example/"><a href="x">x</a></html>')
    assert page.base == "https://b.example/"
