from __future__ import annotations

import pytest

from amun_core.errors import SettingsError
from amun_core.index_map import IndexMap
from amun_core.plan import IndexSource


def mapped(text: str, url: str) -> str:
    return IndexMap.parse(text).source(IndexSource(name="a", url=url)).url


def test_addresses_are_mapped() -> None:
    text = " https://index.example/simple=https://mirror.example/s , https://b.example/=,"
    assert mapped(text, "https://index.example/simple/") == "https://mirror.example/s"
    assert mapped(text, "https://B.example") == ""
    assert mapped(text, "https://c.example/simple") == "https://c.example/simple"
    assert mapped("", "https://c.example/simple") == "https://c.example/simple"


def test_an_address_may_hold_an_equals_sign() -> None:
    assert mapped("https://a.example=https://b.example/?x=y", "https://a.example") == (
        "https://b.example/?x=y"
    )


@pytest.mark.parametrize("text", ["x", "https://a.example", "a=b", "https://a.example=b"])
def test_a_wrong_pair_is_numbered_not_repeated(text: str) -> None:
    with pytest.raises(SettingsError, match="AMUN_INDEX_MAP: pair 2 is not FROM=TO") as caught:
        IndexMap.parse(f"https://ok.example=,{text}")
    assert text not in str(caught.value).replace("FROM=TO", "").split()
