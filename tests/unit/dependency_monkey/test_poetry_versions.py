from __future__ import annotations

import pytest

from dependency_monkey.poetry_versions import poetry_marker_of_python, poetry_specifier


@pytest.mark.parametrize(
    ("text", "specifier"),
    [
        ("*", ""),
        ("1.2", "==1.2"),
        ("==1.2", "==1.2"),
        ("1.2.*", "==1.2.*"),
        (">=1.2, <2", ">=1.2,<2"),
        (">=1.2 <2", ">=1.2,<2"),
        ("!= 1.5", "!=1.5"),
        ("~=1.4.2", "~=1.4.2"),
        # the table of Poetry's own documentation
        ("^1.2.3", ">=1.2.3,<2.0.0"),
        ("^1.2", ">=1.2,<2.0"),
        ("^1", ">=1,<2.0"),
        ("^0.2.3", ">=0.2.3,<0.3.0"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1.0"),
        ("~1.2.3", ">=1.2.3,<1.3.0"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2.0"),
        ("^2.0rc1", ">=2.0rc1,<3.0"),
    ],
)
def test_versions(text: str, specifier: str) -> None:
    assert poetry_specifier(text) == specifier


@pytest.mark.parametrize("text", ["=>1", "^x", "1.0 || 2.0", "latest", 1, None, "^1.*"])
def test_what_names_no_versions(text: object) -> None:
    assert poetry_specifier(text) is None


def test_the_python_of_a_dependency_may_have_alternatives() -> None:
    assert poetry_marker_of_python("<3.8 || >=3.11") == (
        "(python_full_version < '3.8') or (python_full_version >= '3.11')"
    )
    assert poetry_marker_of_python("*") == ""
    assert poetry_marker_of_python("x") is None
