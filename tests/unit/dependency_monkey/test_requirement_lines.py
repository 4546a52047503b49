from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement, Requirement

from dependency_monkey.requirement_lines import read_line

PIECES = st.sampled_from(
    ["name", "Na-me.x_1", "-", "_", "[a]", "[a, b-c]", "[]", "[ a,b ]", "[a,]", "[a b]", " ", "  ", "(", ")",
     ">=1.2", "<2", "~= 1.4", "==1.*", "!=1.5.0rc1", "===weird", "==1.0+local", ">=1<2", "<1!2", ",", ", ",
     ";", " ; ", "extra == 'x'", "python_version>='3.8'", "and", "or", "(os_name=='nt')", "@", "@ https://f.example/a",
     "\t", "\n", "é", "#", "=", "1"]
)  # fmt: skip


def same(text: str) -> None:
    try:
        expected = Requirement(text)
    except InvalidRequirement:
        with pytest.raises(InvalidRequirement):
            read_line(text)
        return
    found = read_line(text)
    assert (found.name, found.extras, str(found.specifier), found.url) == (
        expected.name, expected.extras, str(expected.specifier), expected.url,
    )  # fmt: skip
    assert str(found.marker) == str(expected.marker)


@given(st.lists(PIECES, max_size=9).map("".join))
def test_lines_mean_what_they_mean_to_packaging(text: str) -> None:
    same(text)


@pytest.mark.parametrize(
    "text",
    ["name", "name>=1,<2", "name (>=1, <2)", "name( ==1.* )", "name[a,B_c] >=1; extra == 'x'",
     "name ; python_version >= '3' and extra == \"y\"", "name @ https://f.example/a.whl ; extra == 'x'",
     "name>=1.1.0<1.2", "name>=0.13.*", "name (>=1", "name>=1)", "name[a", "name; nonsense", "name>=1,",
     "name,>=1", "name >= 1.0.0-beta", "name==1.0_1", "name 1.0", "name-", "name[a]]", "name;", "name ; "],
)  # fmt: skip
def test_what_stands_in_real_metadata(text: str) -> None:
    same(text)
