"""From a file and options to the specification that is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import yaml

from amun_client.errors import UsageFaultError
from amun_client.precision_text import parse_precision, parse_time_limit
from amun_core.lock import detect_lock_format
from amun_core.requirements_file import RequirementsEncodingError, decode_file
from amun_core.specification import MAXIMUM_BODY_BYTES, MAXIMUM_FILE_BYTES

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the options say; None and () leave the file's word."""

    lock: Path | None = None
    indicator: str | None = None
    framework: str | None = None
    preset: str | None = None
    parameters: Sequence[str] = ()
    base: str | None = None
    script: Path | None = None
    engine: str | None = None
    runs: int | None = None
    precision: str | None = None
    max_runs: int | None = None
    max_time: str | None = None
    labels: Sequence[str] = ()
    identifier: str | None = None


def read_specification(name: str, stdin: TextIO) -> tuple[Document, Path]:
    """The document in the file `name` (`-`: stdin), and the folder its paths are relative to."""
    if name == "-":
        return _parse(stdin.read(MAXIMUM_BODY_BYTES + 1), "standard input"), Path.cwd()
    path = Path(name)
    return _parse(_read(path, MAXIMUM_BODY_BYTES), name), path.resolve().parent


def build(document: Mapping[str, Any], folder: Path, overrides: Overrides) -> Document:
    """The specification with its files read in and the options laid over it."""
    built = dict(document)
    python = built.get("python")
    if isinstance(python, Mapping) and "lock_file" in python:
        built["python"] = _with_lock(python, folder)
    if "script_file" in built:
        if built.get("script"):
            raise UsageFaultError("/script_file: the specification has a script already")
        _lay_script(built, folder / str(built.pop("script_file")))
    if overrides.lock is not None:
        kept = dict(python) if isinstance(python, Mapping) else {}
        for replaced in ("lock", "lock_file", "requirements", "requirements_locked"):
            kept.pop(replaced, None)
        built["python"] = {**kept, "lock": read_lock_file(overrides.lock)}
    _lay_indicator(built, overrides)
    if overrides.script is not None:
        if built.get("indicator"):
            raise UsageFaultError("--script: an inspection has an indicator or a script, not both")
        built.pop("script_name", None)
        _lay_script(built, overrides.script)
    for name in ("base", "engine", "runs", "identifier"):
        value = getattr(overrides, name)
        if value is not None:
            built[name] = value
    if overrides.runs is not None:
        built.pop("batch_size", None)  # the old name of the same thing
    _lay_precision(built, overrides)
    if overrides.labels:
        labels = built.get("labels")
        given = dict(pair(text, "--label") for text in overrides.labels)
        built["labels"] = {**(labels if isinstance(labels, Mapping) else {}), **given}
    return built


def _lay_script(built: Document, path: Path) -> None:
    """The text of a script, and what its file is called."""
    built["script"] = _read(path, MAXIMUM_FILE_BYTES)
    name = "".join(letter for letter in path.name if letter.isprintable())[:200]
    if name:
        built.setdefault("script_name", name)


def _lay_precision(built: Document, overrides: Overrides) -> None:
    """A number of runs on the command line and the precision of the file exclude each other."""
    given: Document = {}
    if overrides.precision is not None:
        given["relative_half_width"] = parse_precision(overrides.precision)
    if overrides.max_runs is not None:
        given["maximum_runs"] = overrides.max_runs
    if overrides.max_time is not None:
        given["maximum_seconds"] = parse_time_limit(overrides.max_time)
    if given:
        kept = built.get("precision")
        built["precision"] = {**(kept if isinstance(kept, Mapping) else {}), **given}
        if overrides.runs is None:
            # exactly so many runs was the file's word; the options ask for as many as it takes
            built.pop("runs", None)
            built.pop("batch_size", None)
    elif overrides.runs is not None:
        built.pop("precision", None)


def _lay_indicator(built: Document, overrides: Overrides) -> None:
    if not (overrides.indicator or overrides.framework or overrides.preset or overrides.parameters):
        return
    kept = built.get("indicator")
    indicator = dict(kept) if isinstance(kept, Mapping) else {}
    if overrides.indicator:
        indicator["name"] = overrides.indicator
    if overrides.framework:
        indicator["framework"] = overrides.framework
    if overrides.preset:
        indicator["preset"] = overrides.preset
    if overrides.parameters:
        before = indicator.get("parameters")
        given = parse_parameters(overrides.parameters)
        indicator["parameters"] = {**(before if isinstance(before, Mapping) else {}), **given}
    for name in ("name", "framework"):
        if name not in indicator:
            option = "--indicator" if name == "name" else "--framework"
            raise UsageFaultError(
                f"{option} is missing: an indicator has a name and a framework",
                hint="`amun indicator list` shows what there is",
            )
    built["indicator"] = indicator


def read_lock_file(path: Path) -> Document:
    """`python.lock` of a specification, from a lock file. Its format is seen from name and content."""
    try:
        content = decode_file(path.name, _bytes(path, MAXIMUM_FILE_BYTES))
    except RequirementsEncodingError as error:
        raise UsageFaultError(f"{path}: {error}") from None
    return {"format": str(detect_lock_format(path.name, content)), "content": content}


def parse_parameters(texts: Sequence[str]) -> dict[str, Any]:
    """`name=value` pairs; a value that is a JSON number, true, false or null is that, else text."""
    parsed: dict[str, Any] = {}
    for text in texts:
        name, value = pair(text, "-p")
        try:
            scalar = json.loads(value)
        except ValueError:
            scalar = value
        parsed[name] = value if isinstance(scalar, dict | list) else scalar
    return parsed


def pair(text: str, option: str) -> tuple[str, str]:
    """`key=value` taken apart."""
    key, separator, value = text.partition("=")
    if not separator or not key.strip():
        raise UsageFaultError(f"{option} {text!r}: expected NAME=VALUE")
    return key.strip(), value


def _with_lock(python: Mapping[str, Any], folder: Path) -> Document:
    kept = dict(python)
    name = kept.pop("lock_file")
    if not isinstance(name, str):
        raise UsageFaultError("/python/lock_file: expected the path of a lock file")
    if "lock" in kept:
        raise UsageFaultError("/python/lock_file: the specification has python.lock already")
    kept["lock"] = read_lock_file(folder / name)
    return kept


def _parse(text: str, name: str) -> Document:
    if len(text.encode()) > MAXIMUM_BODY_BYTES:
        raise UsageFaultError(f"{name}: larger than {MAXIMUM_BODY_BYTES} bytes")
    try:
        # every JSON document that is sent here is a YAML document, but for tabs and odd escapes
        parsed = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except ValueError as error:
        raise UsageFaultError(f"{name}: not valid JSON: {error}") from None
    except yaml.YAMLError as error:
        raise UsageFaultError(f"{name}: not valid YAML: {error}") from None
    if not isinstance(parsed, dict):
        raise UsageFaultError(
            f"{name}: a specification is a mapping, not {_kind(parsed)}",
            hint="see examples/ for complete ones",
        )
    _check_plain(parsed, "", name)
    return parsed


def _check_plain(value: Any, pointer: str, name: str) -> None:
    """YAML knows dates and keys that JSON does not; say where one stands."""
    if isinstance(value, dict):
        for key, inside in value.items():
            if not isinstance(key, str):
                raise UsageFaultError(
                    f"{name}: {pointer or '/'}: the key {key!r} is not text; put it in quotes"
                )
            _check_plain(inside, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}", name)
    elif isinstance(value, list):
        for index, inside in enumerate(value):
            _check_plain(inside, f"{pointer}/{index}", name)
    elif not isinstance(value, str | int | float | bool | None):
        raise UsageFaultError(
            f"{name}: {pointer}: {value} is {_kind(value)} in YAML; put it in quotes"
        )


def _kind(value: Any) -> str:
    if value is None:
        return "empty"
    return {"list": "a list", "str": "text"}.get(type(value).__name__, f"a {type(value).__name__}")


def _bytes(path: Path, maximum_bytes: int) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(maximum_bytes + 1)
    except OSError as error:
        raise UsageFaultError(f"{path}: {error.strerror}") from None
    if len(data) > maximum_bytes:
        raise UsageFaultError(f"{path}: larger than {maximum_bytes} bytes")
    return data


def _read(path: Path, maximum_bytes: int) -> str:
    try:
        return _bytes(path, maximum_bytes).decode("utf-8")
    except UnicodeDecodeError:
        raise UsageFaultError(f"{path}: not a text file in UTF-8") from None


def script_without_stack(specification: Mapping[str, Any]) -> bool:
    """True where a script is to run and nothing is to be installed for it."""
    python = specification.get("python")
    locked = isinstance(python, Mapping) and any(
        python.get(name) for name in ("lock", "requirements", "requirements_locked")
    )
    return bool(specification.get("script")) and not locked and not specification.get("base")
