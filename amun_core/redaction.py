"""What may be shown: environment values and credentials in addresses are taken out.

Every document that leaves the service goes through here. Nothing is looked up by name: any text
in which an address carries credentials is mended, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "***"

# The scheme is bounded, so that a long text of letters is read once. A single quote may stand in
# a password; an address that follows without a space is an address of its own.
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]{0,30}://"
_ADDRESS = re.compile(rf"({_SCHEME})((?:(?!{_SCHEME})[^\s\"<>`])+)")
_QUERY_VALUE = re.compile(r"([?&][^=&#\s]*=)[^&#\s]+")


def redact_url(url: str) -> str:
    """The address without user, password and the values of its query.

    >>> redact_url("https://user:secret@index.example/simple?token=abc")
    'https://***@index.example/simple?token=***'
    """
    return _ADDRESS.sub(_hide, url)


def redact_text(text: str) -> str:
    """`text` with the credentials of every address in it hidden."""
    return _ADDRESS.sub(_hide, text) if "://" in text else text


def redact_specification(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a specification that may be shown."""
    copy: dict[str, Any] = _redact_values(dict(document))
    environment = copy.get("environment")
    if isinstance(environment, list):
        copy["environment"] = [_hide_variable(variable) for variable in environment]
    return copy


def redact_plan(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a plan that may be shown. Its variables are [name, value] pairs."""
    copy: dict[str, Any] = _redact_values(dict(document))
    for stage in ("build", "run"):
        part = copy.get(stage)
        if isinstance(part, dict) and isinstance(part.get("environment"), list):
            part["environment"] = [_hide_variable(pair) for pair in part["environment"]]
    return copy


def _redact_values(value: Any) -> Any:
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {redact_text(str(key)): _redact_values(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redact_values(item) for item in value]
    return value


def _hide_variable(variable: Any) -> Any:
    if isinstance(variable, dict):
        return {key: item if key == "name" else HIDDEN for key, item in variable.items()}
    if isinstance(variable, list) and len(variable) == 2:
        return [variable[0], HIDDEN]
    return HIDDEN


def _hide(match: re.Match[str]) -> str:
    scheme, rest = match[1], match[2]
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        rest = f"{HIDDEN}@{rest[authority.rindex('@') + 1 :]}"
    elif "@" in rest and _port_is_no_port(authority):
        # A password with an unescaped "/", "?" or "#": the address is broken, its secret is not.
        rest = f"{HIDDEN}@{rest[rest.rindex('@') + 1 :]}"
    return scheme + _QUERY_VALUE.sub(rf"\1{HIDDEN}", rest)


def _port_is_no_port(authority: str) -> bool:
    host, colon, port = authority.rpartition(":")
    return bool(colon) and not host.startswith("[") and not port.isdigit()
