from __future__ import annotations

import click
import pytest

from amun_client import option_values
from amun_client.comparison.gate import Policy

CONTEXT = click.Context(click.Command("x"))
PARAMETER = click.Option(["--x"])


@pytest.mark.parametrize(("text", "value"), [("2%", 0.02), ("0.02", 0.02), (" 2.5 % ", 0.025)])
def test_shares(text: str, value: float) -> None:
    assert option_values.share(CONTEXT, PARAMETER, text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["0", "-1%", "60%", "two", "2%x", "nan", ""])
def test_no_share(text: str) -> None:
    with pytest.raises(click.BadParameter, match="no share"):
        option_values.share(CONTEXT, PARAMETER, text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("30m", 1800), ("2h", 7200), ("1.5 min", 90)]
)
def test_spans(text: str, seconds: int) -> None:
    assert option_values.span(CONTEXT, PARAMETER, text) == seconds


@pytest.mark.parametrize("text", ["0", "0.2s", "-5", "h", "1 week"])
def test_no_span(text: str) -> None:
    with pytest.raises(click.BadParameter, match="no span"):
        option_values.span(CONTEXT, PARAMETER, text)


def test_policies() -> None:
    texts = ("slower:3%", "different", "faster:0.01", "slower:150%")
    taken = option_values.policies(CONTEXT, PARAMETER, texts)
    assert taken == (
        Policy("slower", 0.03),
        Policy("different"),
        Policy("faster", 0.01),
        Policy("slower", 1.5),
    )


@pytest.mark.parametrize(
    ("text", "meant"), [("slower:3", "300%"), ("faster:1", "100%"), ("different:1.5", "150%")]
)
def test_a_forgotten_percent_is_asked_back(text: str, meant: str) -> None:
    with pytest.raises(click.BadParameter, match=f"would be .* say .*{meant}"):
        option_values.policies(CONTEXT, PARAMETER, (text,))


@pytest.mark.parametrize("text", ["worse", "slower:", "slower:three", "", "slower:3%:4%"])
def test_no_policy(text: str) -> None:
    with pytest.raises(click.BadParameter, match="no policy"):
        option_values.policies(CONTEXT, PARAMETER, (text,))
