"""Addresses with a secret somewhere in them, and how a leak of it is seen."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

#: Rare together: six of them in a row come from the secret and from nothing else.
_LETTERS = "QZXJ7"
_TELLING = 6

#: Each place of an address that may hold a secret. What has no "@", "?" or "#" to tell it by is
#: hidden where it is too long for a host name, or looks like a token.
_PLACES = (
    "https://me:{}@index.example/simple",
    "https://{}@index.example/simple",
    "https://{}:@index.example/simple",
    "https://me:{}@index.example:8443/a/b-1.0-py3-none-any.whl",
    "https://me:pa/{}@index.example/simple",
    "https://me:pa#{}@index.example/simple",
    "https://me:pa?{}@index.example/simple",
    "https://me:pa@{}@index.example/simple",
    "https://me:pa'{}@index.example/simple",
    "https://me:{}",
    "https://index.example:{}/simple",
    "https://index.example/simple?token={}",
    "https://index.example/simple?a=b&token={}&c",
    "https://index.example/simple?a=b;token={}",
    "https://index.example/simple#access_token={}",
    "https://index.example/t/{}/channel/simple",
    "git+https://{}@host.example/r.git@v1.0#egg=r",
    "git+ssh://git:{}@host.example/r.git",
    "file://me:{}@host.example/r",
    "https:\\/\\/me:{}@index.example\\/simple",
    "//me:{}@index.example/simple",
    "me:{}@index.example/simple",
)


@dataclass(frozen=True)
class Secret:
    """A secret, and an address that holds it."""

    secret: str
    address: str

    def seen_in(self, text: str) -> str | None:
        """A part of the secret that stands in `text`, long enough to be of use."""
        windows = range(len(self.secret) - _TELLING + 1)
        parts = {self.secret[begin : begin + _TELLING] for begin in windows}
        return next((part for part in sorted(parts) if part in text), None)


@st.composite
def secrets(draw: st.DrawFn, *, most: int = 2000) -> Secret:
    """A secret of up to `most` characters at any place of an address."""
    length = draw(st.one_of(st.integers(_TELLING, 80), st.integers(80, most)))
    # drawn by few letters: hypothesis is slow at long texts
    piece = draw(st.text(alphabet=_LETTERS, min_size=_TELLING, max_size=12))
    secret = (piece * (length // len(piece) + 1))[:length]
    return Secret(secret, draw(st.sampled_from(_PLACES)).format(secret))
