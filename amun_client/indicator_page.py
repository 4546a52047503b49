"""One indicator as a page of documentation: what it computes, of what, where, and what cannot be."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from amun_client import table

Document = Mapping[str, Any]

WIDTH = 88
_MEANING_WIDTH = 60
_STABILITY = {"canary": "canary: shown, never scored", "stable": "stable"}
_NO_UNIT = "1"


def rows(one: Document) -> list[tuple[str, str]]:
    """The page as names and values; a value may have several lines."""
    page = [
        ("indicator", f"{one['name']}  {one.get('title', '')}".rstrip()),
        ("what", _wrapped(str(one.get("summary") or "-"))),
        ("version", f"{one.get('version', '-')} ({_stability(one)})"),
        ("frameworks", ", ".join(one["frameworks"])),
        ("work", _work(one)),
        ("parameters", _parameters(one)),
        ("types", _types(one)),
        ("fewer choices", "\n".join(lacking(one))),
        ("refused", "\n".join(_wrapped(line, "  ") for line in refused(one))),
        ("presets", _presets(one)),
        ("try", _example(one)),
    ]
    return [(name, text) for name, text in page if text]


def types_by_device(one: Document) -> list[tuple[str, str, list[str]]]:
    """(framework, device, types of numbers) as far as each framework has them."""
    parameters = {parameter["name"]: parameter for parameter in one["parameters"]}
    if not {"dtype", "device"} <= set(parameters):
        return []
    return [
        (
            framework,
            str(device),
            [
                str(dtype)
                for dtype in choices(parameters["dtype"], framework)
                if not _excluded(one, framework, {"dtype": dtype, "device": device})
            ],
        )
        for framework in one["frameworks"]
        for device in choices(parameters["device"], framework)
    ]


def choices(parameter: Document, framework: str) -> list[Any]:
    """The choices of a parameter that a framework has."""
    narrowed = parameter.get("choices_by_framework") or {}
    found: Iterable[Any] = narrowed.get(framework) or parameter.get("choices") or ()
    return list(found)


def lacking(one: Document) -> list[str]:
    """The frameworks that have fewer choices than the indicator, types and devices aside."""
    lines = []
    for framework in one["frameworks"]:
        fewer = [
            f"{parameter['name']} {', '.join(map(str, choices(parameter, framework)))}"
            for parameter in one["parameters"]
            if parameter["name"] not in {"dtype", "device"}
            and framework in (parameter.get("choices_by_framework") or {})
        ]
        if fewer:
            lines.append(f"{framework}: {'; '.join(fewer)}")
    return lines


def refused(one: Document) -> list[str]:
    """What cannot be had together, each with the frameworks that it concerns and the reason."""
    concerned: dict[tuple[str, str], list[str]] = {}
    for framework, impossible in (one.get("impossible") or {}).items():
        for together in impossible:
            values = {
                name: " or ".join(map(shown, among)) for name, among in together["when"].items()
            }
            key = (
                " with ".join(f"{name}={text}" for name, text in values.items()),
                together["why"],
            )
            concerned.setdefault(key, []).append(framework)
    return [
        f"{values} on {', '.join(frameworks)}: {why}"
        for (values, why), frameworks in concerned.items()
    ]


def allowed(parameter: Document) -> str:
    """What values a parameter may have."""
    if parameter.get("choices"):
        return ", ".join(map(shown, parameter["choices"]))
    if parameter.get("type") == "boolean":
        return "true, false"
    low, high = parameter.get("minimum"), parameter.get("maximum")
    if low is None and high is None:
        return "-"
    unit = parameter.get("unit")
    text = f"{shown(low)} to {shown(high)}"
    return text if unit in {None, _NO_UNIT} else f"{text} {unit}"


def shown(value: Any) -> str:
    """A value as it is written on the command line."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def assigned(values: Mapping[str, Any]) -> str:
    """Parameters with their values, in one line."""
    return ", ".join(f"{name}={shown(value)}" for name, value in values.items())


def _excluded(one: Document, framework: str, values: Document) -> bool:
    impossible = (one.get("impossible") or {}).get(framework, ())
    return any(
        all(name in values and values[name] in among for name, among in together["when"].items())
        for together in impossible
    )


def _stability(one: Document) -> str:
    stability = str(one.get("stability", "-"))
    return _STABILITY.get(stability, stability)


def _work(one: Document) -> str:
    flops = one.get("flops")
    if not flops:
        return "time alone is measured"
    return f"{flops['formula']} FLOP per iteration\n{_wrapped('source: ' + flops['source'])}"


def _parameters(one: Document) -> str:
    parameters = one["parameters"]
    named = table.aligned(
        [[parameter["name"], shown(parameter.get("default"))] for parameter in parameters]
    )
    width = max(map(len, named), default=0)
    lines: list[str] = []
    for parameter, start in zip(parameters, named, strict=True):
        said = [*_lines(allowed(parameter)), *_lines(str(parameter.get("help", "")))]
        lines += [
            f"{start if not number else '':{width}}  {text}" for number, text in enumerate(said)
        ]
    return "\n".join(lines)


def _types(one: Document) -> str:
    return "\n".join(
        table.aligned(
            [
                [framework, device, ", ".join(types) or "-"]
                for framework, device, types in types_by_device(one)
            ]
        )
    )


def _presets(one: Document) -> str:
    presets: Mapping[str, Document] = one.get("presets") or {}
    return "\n".join(
        _wrapped(f"{name}: {assigned(values)}", "  ") for name, values in presets.items()
    )


def _example(one: Document) -> str:
    frameworks = one["frameworks"]
    framework = "numpy" if "numpy" in frameworks else frameworks[0]
    command = f"amun indicator run {one['name']} --framework {framework}"
    names: Iterable[str] = one.get("presets") or ()
    return command + "".join(f" --preset {name}" for name in list(names)[:1])


def _wrapped(text: str, indent: str = "") -> str:
    return "\n".join(textwrap.wrap(text, WIDTH, subsequent_indent=indent))


def _lines(text: str) -> list[str]:
    return textwrap.wrap(text, _MEANING_WIDTH)
