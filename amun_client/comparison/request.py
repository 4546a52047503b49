"""From two arguments and the options to the request that is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from amun_client.comparison.arms import (
    ArmInput,
    LockFile,
    SpecificationFile,
    Stored,
    Words,
    arm_text,
    guess_framework,
)
from amun_client.errors import UsageFaultError
from amun_client.pin_sharing import python_version_of
from amun_client.submission import Overrides, build, pair
from amun_core.comparison import COMPARISON_REQUEST_SCHEMA, ComparisonKind
from amun_core.redaction import shortened

Document = dict[str, Any]
#: (requirements of A, requirements of B, version of Python, whether each is the latest) -> shared pins
Share = Callable[[Sequence[str], Sequence[str], str | None, bool], Document]

LONGEST_NAME = 128


@dataclass(frozen=True, slots=True)
class Options:
    """What the options say; None leaves it to the service."""

    overrides: Overrides = field(default_factory=Overrides)
    band: float | None = None
    maximum_blocks: int | None = None
    maximum_seconds: int | None = None
    condition: str | None = None
    wait_quiet_seconds: int | None = None
    seed: int | None = None
    latest_each: bool = False
    python_version: str | None = None
    labels: tuple[str, ...] = ()
    identifier: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """The request, and what was resolved for it: None where the arms came with their locks."""

    request: Document
    pins: Document | None = None


def comparison_of(a: ArmInput, b: ArmInput, options: Options, share: Share) -> Asked:
    """The request for two arms of the same kind. Raises UsageFaultError for a mixture."""
    if isinstance(a, Stored) and isinstance(b, Stored):
        _refuse_for_stored(options)
        return Asked({**_settings(options), "a": _stored(a), "b": _stored(b)})
    if isinstance(a, Stored) or isinstance(b, Stored):
        raise UsageFaultError(
            "a stored inspection is compared with a stored inspection only",
            hint="two stacks are measured beside each other: give a file or a requirement for each",
        )
    if isinstance(a, Words) and isinstance(b, Words):
        return _of_words(a, b, options, share)
    if isinstance(a, Words) or isinstance(b, Words):
        words, other = (a, b) if isinstance(a, Words) else (b, a)
        raise UsageFaultError(
            f"{words.text!r} has no lock, {arm_text(other)} has one",
            hint="compare two requirements, or two files: `uv pip compile` makes a lock of words",
        )
    first, second = _specification(a, b, options), _specification(b, a, options)
    names = _file_names(a.text, b.text)
    return Asked(_request(options, (names[0], first), (names[1], second)))


def calibration_of(stack: ArmInput, options: Options, share: Share) -> Asked:
    """The request that compares a stack with itself, built twice."""
    if isinstance(stack, Stored):
        raise UsageFaultError("a calibration builds its stack: give a file or a requirement")
    pins = None
    if isinstance(stack, Words):
        pins = share(stack.requirements, stack.requirements, _python_version(options), False)
        specification = _resolved(pins["a"]["lock"], options, stack.packages)
        name = _versions(pins["a"]["packages"], stack.packages)
    else:
        specification, name = _specification(stack, stack, options), Path(stack.text).name
    request = _request(options, (name, specification), (name, specification))
    return Asked({**request, "kind": str(ComparisonKind.CALIBRATION)}, pins)


def _of_words(a: Words, b: Words, options: Options, share: Share) -> Asked:
    if a.requirements == b.requirements:
        raise UsageFaultError(
            f"{a.text!r} is compared with itself", hint="`amun calibrate` measures that"
        )
    pins = share(a.requirements, b.requirements, _python_version(options), options.latest_each)
    named = a.packages | b.packages
    changed = {one["name"] for one in pins["differing"]} & named or named
    arms = [
        (
            _versions(pins[arm]["packages"], changed & words.packages or words.packages),
            _resolved(pins[arm]["lock"], options, named),
        )
        for arm, words in (("a", a), ("b", b))
    ]
    return Asked(_request(options, *arms), pins)


def _versions(packages: Mapping[str, str], names: frozenset[str] | set[str]) -> str:
    """`numpy 1.26.4`."""
    text = ", ".join(f"{name} {packages[name]}" for name in sorted(names) if name in packages)
    return shortened(text, LONGEST_NAME)


def _resolved(lock: str, options: Options, named: frozenset[str]) -> Document:
    """The specification of a stack that was resolved from words."""
    overrides = _with_framework(options.overrides, named)
    _need_indicator(overrides)
    document = {"python": {"lock": {"format": "requirements.txt", "content": lock}}}
    return build(document, Path.cwd(), overrides)


def _specification(
    arm: SpecificationFile | LockFile, other: SpecificationFile | LockFile, options: Options
) -> Document:
    """An arm's specification. A lock takes everything else from the other's specification."""
    if isinstance(arm, SpecificationFile):
        return build(arm.document, arm.folder, options.overrides)
    if isinstance(other, SpecificationFile):
        basis = build(other.document, other.folder, options.overrides)
        python = basis.get("python")
        kept = dict(python) if isinstance(python, Mapping) else {}
        for replaced in ("lock", "requirements", "requirements_locked"):
            kept.pop(replaced, None)
        return {**basis, "python": {**kept, "lock": arm.lock}}
    overrides = _with_framework(options.overrides, arm.packages | other.packages)
    _need_indicator(overrides)
    return build({"python": {"lock": arm.lock}}, Path.cwd(), overrides)


def _with_framework(overrides: Overrides, packages: frozenset[str]) -> Overrides:
    if overrides.framework is not None or overrides.script is not None:
        return overrides
    return replace(overrides, framework=guess_framework(packages))


def _need_indicator(overrides: Overrides) -> None:
    if overrides.script is not None:
        return
    if overrides.indicator is None:
        raise UsageFaultError(
            "--indicator is missing: what is to be measured?",
            hint="`amun indicator list` shows what there is; --indicator matmul -p matrix_size=512; "
            "a program of your own: --script prog.py",
        )
    if overrides.framework is None:
        raise UsageFaultError(
            "--framework is missing: the packages do not tell which one is meant",
            hint=f"`amun indicator show {overrides.indicator}` lists its frameworks",
        )


def _python_version(options: Options) -> str | None:
    """The version of Python to resolve for; None: this host's."""
    base = options.overrides.base
    if options.python_version is not None or base is None:
        return options.python_version
    told = python_version_of(base)
    if told is None:
        raise UsageFaultError(
            f"--python-version is missing: the name {base} does not tell it",
            hint="it decides which versions go together: --python-version 3.12",
        )
    return told


def _request(options: Options, a: tuple[str, Document], b: tuple[str, Document]) -> Document:
    arms = {
        arm: {"name": name, "specification": specification}
        for arm, (name, specification) in (("a", a), ("b", b))
    }
    return {**_settings(options), **arms}


def _settings(options: Options) -> Document:
    given = {
        "band": options.band,
        "maximum_blocks": options.maximum_blocks,
        "maximum_seconds": options.maximum_seconds,
        "condition": options.condition,
        "wait_quiet_seconds": options.wait_quiet_seconds,
        "seed": options.seed,
        "identifier": options.identifier,
        "labels": dict(pair(text, "--label") for text in options.labels) or None,
    }
    known = {name: value for name, value in given.items() if value is not None}
    return {"schema": COMPARISON_REQUEST_SCHEMA, "kind": str(ComparisonKind.COMPARISON), **known}


def _stored(arm: Stored) -> Document:
    return {"inspection": arm.identity}


def _file_names(a: str, b: str) -> tuple[str, str]:
    """The names of two files; their paths where the names are the same."""
    names = Path(a).name, Path(b).name
    shown = names if names[0] != names[1] else (a, b)
    return shown[0][-LONGEST_NAME:], shown[1][-LONGEST_NAME:]


def _refuse_for_stored(options: Options) -> None:
    if options.overrides != Overrides() or options.latest_each or options.python_version:
        raise UsageFaultError(
            "stored inspections are judged by what they measured: no other indicator, base or engine",
        )
