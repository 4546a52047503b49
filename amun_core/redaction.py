"""What may be shown: environment values and credentials in addresses are taken out.

Every document that leaves the service goes through here, and so does every piece of input that a
message quotes, before anything is cut off it: half an address cannot be told from other text.
Nothing is looked up by name: a text in which an address carries credentials is mended, wherever it
stands. Where it is not sure whether a part is secret, it is hidden.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

HIDDEN = "***"

# The scheme is bounded, so that a long text of letters is read once. The slashes may be escaped, as
# some programs write JSON. A single quote may stand in a password; an address that follows
# without a space is an address of its own. A path made of an address has one slash.
_SCHEME = r"(?:[A-Za-z][A-Za-z0-9+.-]{0,30}:\\?/\\?/|(?:https?|ssh|ftps?|git|file):/)"
_ADDRESS = re.compile(rf"({_SCHEME})((?:(?!{_SCHEME})[^\s\"<>`])+)")
# A password with a space or a quote in it ends an address too early: all up to the "@" belongs to it.
# What begins as the number of a port is one.
_BROKEN_ADDRESS = re.compile(
    rf"({_SCHEME})[^\s\"<>`@/?#:\[]{{0,4096}}:(?!\d{{0,5}}(?:[\s\"<>`,;)\]/?#]|$))"
    rf"(?:(?!{_SCHEME})[^\n@]){{1,4096}}@"
)
_WORD = re.compile(r"[^\s\"<>`]+")
_PARAMETER = re.compile(r"([?&;#])([^?&;#\s]+)")
#: What a fragment says of a file; everything else in one may be a token.
_PLAIN_FRAGMENTS = frozenset({"egg", "subdirectory"})
_LONGEST_PLAIN = 15
_LONGEST_PORT = 5
_PLAIN_TYPES = frozenset({int, float, bool, type(None)})
_VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
#: A label of a host name has at most 63 characters (RFC 1035, 2.3.4).
_LONGEST_LABEL = 63
_LONGEST_PLAIN_SEGMENT = 100
_TOKEN_SEGMENT = re.compile(
    r"(?=[^/]*[A-Z])(?=[^/]*[a-z])(?=[^/]*\d)[A-Za-z0-9_~=-]{20,}|[A-Za-z0-9_~=-]{101,}"
)
_HEXADECIMAL = re.compile(r"[0-9a-f]+")
_CONDA_TOKEN = re.compile(r"(?<=/t/)[^/]+")
_HEADER = re.compile(
    r"(?i)\b(authorization[\"']?\s*[:=]\s*[\"']?(?:basic|bearer|token)\s+)[^\s\"',]+"
)
_DIGEST = re.compile(r"@sha(?:256|384|512):[0-9a-f]+")


def redact_url(url: str) -> str:
    """The address without user, password and the values of its query.

    >>> redact_url("https://user:secret@index.example/simple?token=abc")
    'https://***@index.example/simple?token=***'
    """
    return redact_text(url)


def redact_text(text: str) -> str:
    """`text` with the credentials of every address in it hidden."""
    if ":/" in text or ":\\/" in text:
        if "@" in text:
            text = _BROKEN_ADDRESS.sub(_hide_broken, text)
        text = _ADDRESS.sub(_hide, text)
    if "@" in text:
        text = _WORD.sub(_hide_without_scheme, text)
    if "uthorization" in text or "UTHORIZATION" in text:
        text = _HEADER.sub(rf"\1{HIDDEN}", text)
    return text


def shortened(text: str, most: int) -> str:
    """At most `most` characters of `text` as they may be shown: credentials go before the cut."""
    text = redact_text(text)
    return text if len(text) <= most else text[: max(0, most - 3)] + "..."


def redact_values(value: Any) -> Any:
    """A copy of a JSON value with every text in it, keys too, as it may be shown."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {redact_text(str(key)): redact_values(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        # samples come by the thousand: a list without a text is what it is
        plain = _PLAIN_TYPES.issuperset(map(type, value))
        return value if plain else [redact_values(item) for item in value]
    return value


def redact_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """A line of a log as it may be written: the last processor of each logger before it is a text.

    What is not JSON yet (a date, an exception) is left to the one that makes it a text.
    """
    return {key: redact_values(value) for key, value in event.items()}


def redact_specification(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a specification that may be shown."""
    copy: dict[str, Any] = redact_values(dict(document))
    environment = copy.get("environment")
    if isinstance(environment, list):
        copy["environment"] = [_hide_variable(variable) for variable in environment]
    return copy


def redact_plan(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a plan that may be shown. Its variables are [name, value] pairs."""
    copy: dict[str, Any] = redact_values(dict(document))
    for stage in ("build", "run"):
        part = copy.get(stage)
        if isinstance(part, dict) and isinstance(part.get("environment"), list):
            part["environment"] = [_hide_variable(pair) for pair in part["environment"]]
    return copy


def _hide_variable(variable: Any) -> Any:
    if isinstance(variable, dict):
        return {key: item if key == "name" else HIDDEN for key, item in variable.items()}
    if isinstance(variable, list) and len(variable) == 2:
        return [variable[0], HIDDEN]
    return HIDDEN


def _hide_broken(match: re.Match[str]) -> str:
    credentials = match[0][len(match[1]) : -1]
    return match[0] if _names_variables(credentials) else f"{match[1]}{HIDDEN}@"


def _names_variables(credentials: str) -> bool:
    """Whether they are not there yet: pip puts the values in for https://${USER}:${PASSWORD}@..."""
    return all(_VARIABLE.fullmatch(part) for part in credentials.split(":"))


def _hide(match: re.Match[str]) -> str:
    scheme, rest = match[1], match[2]
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    if "@" in authority and _names_variables(authority[: authority.rindex("@")]):
        pass
    elif "@" in authority:
        rest = f"{HIDDEN}@{rest[authority.rindex('@') + 1 :]}"
    elif _port_is_no_port(authority, rest):
        # A password with an unescaped "/", "?" or "#", or one whose end is missing: the address is
        # broken, its secret is not.
        rest = f"{HIDDEN}@{rest[rest.rindex('@') + 1 :]}" if "@" in rest else _without_port(rest)
    elif any(len(label) > _LONGEST_LABEL for label in authority.split(".")):
        rest = HIDDEN + rest[len(authority) :]
    return scheme + _hide_path(rest)


def _port_is_no_port(authority: str, rest: str) -> bool:
    host, colon, port = authority.rpartition(":")
    if not colon or host.startswith("["):
        return False
    number = port.rstrip(",;.)'")
    if not number.isdigit() or len(number) > _LONGEST_PORT:
        return True
    # a user and the beginning of a password rather than a host and its port
    return "." not in host and host != "localhost" and "@" in rest


def _without_port(rest: str) -> str:
    host, _, after = rest.partition(":")
    port = re.split(r"[/?#\\]", after, maxsplit=1)[0]
    # "http://host:" at the end of a sentence has no port, and no secret either
    return rest if not port.strip(",;.)'") else f"{host}:{HIDDEN}{after[len(port) :]}"


def _hide_path(rest: str) -> str:
    """The path, query and fragment without what looks like a token."""
    head, *_ = re.split(r"[?#]", rest, maxsplit=1)
    tail = rest[len(head) :]
    if "/" in head:
        host, slash, path = head.partition("/")
        path = _CONDA_TOKEN.sub(HIDDEN, f"/{path}")[1:]
        head = host + slash + "/".join(map(_hide_segment, path.split("/")))
    return head + _PARAMETER.sub(_hide_parameter, tail) if tail else head


def _hide_segment(segment: str) -> str:
    if _HEXADECIMAL.fullmatch(segment) or not _TOKEN_SEGMENT.fullmatch(segment):
        return segment
    return HIDDEN


def _hide_parameter(match: re.Match[str]) -> str:
    name, equals, value = match[2].partition("=")
    if not equals:
        return match[0] if len(name) <= _LONGEST_PLAIN else match[1] + HIDDEN
    if name in _PLAIN_FRAGMENTS or (match[1] == "#" and _HEXADECIMAL.fullmatch(value)):
        return match[0]
    return f"{match[1]}{name}={HIDDEN}" if value else match[0]


def _hide_without_scheme(match: re.Match[str]) -> str:
    """`user:password@host` in an address whose scheme is missing, `//user:password@host` too."""
    word = match[0]
    if "@" not in word or "://" in word or ":\\/" in word:
        return word
    # python:3.11@sha256:... names an image, and nobody
    plain = _DIGEST.sub(lambda digest: "\0" * len(digest[0]), word)
    before, at, after = plain.rpartition("@")
    colon = before.find(":")
    if not at or not after or colon < 0 or not re.match(r"[\w\[]", after):
        return word
    begin = re.match(r"[('\[{,]*(?://)?", before)
    return word[: begin.end() if begin else 0] + HIDDEN + word[len(before) :]
