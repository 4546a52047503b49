"""The indicators that exist: found by looking, described for people, checked against requests.

An indicator is a folder beside this file whose `__init__.py` declares `INDICATOR`; a framework is
a file `on_<framework>.py` in it that declares `WORKLOAD`. Nothing here imports a framework.
"""

import hashlib
import os
import re
from importlib import import_module
from typing import Any, Callable, Dict, Iterable, List, Mapping, Set, Tuple, Type

from pis.declaration import Fault, Indicator
from pis.workload import Workload

#: Faults that concern no declared parameter name one of these instead.
INDICATOR_FIELD = "name"
FRAMEWORK_FIELD = "framework"

_PREFIX = "on_"
# What lies in these decides what is measured, in every indicator.
_SHARED = ("declaration.py", "harness.py", "steady.py", "work.py", "workload.py")
# Our own modules are imported by lines of this form (a unit test holds us to it).
_IMPORT = re.compile(r"^from (pis[.\w]*) import (\([^)]*\)|.+)$", re.MULTILINE)

#: Reads the parameters of a request: all of them with their values, and all faults.
Check = Callable[[Mapping[str, Any]], Tuple[Dict[str, Any], List[Fault]]]


def folder() -> str:
    """The folder of this package."""
    return os.path.dirname(os.path.abspath(__file__))


def files() -> List[str]:
    """Every file that travels into the run, relative to the folder, sorted."""
    found: List[str] = []
    for parent, folders, names in os.walk(folder()):
        folders[:] = [name for name in folders if name != "__pycache__"]
        found.extend(
            os.path.relpath(os.path.join(parent, name), folder())
            for name in names
            if name.endswith(".py")
        )
    return sorted(found)


def digest() -> str:
    """SHA-256 of all files: what the copies of this package are named by."""
    return _digest(files())


def names() -> List[str]:
    """The names of all indicators, sorted."""
    return sorted(
        entry
        for entry in os.listdir(folder())
        if entry.isidentifier()
        and os.path.isfile(os.path.join(folder(), entry, "__init__.py"))
        and frameworks(entry)
    )


def frameworks(name: str) -> List[str]:
    """The frameworks on which the indicator `name` can be run, sorted."""
    entries = os.listdir(os.path.join(folder(), name))
    return sorted(
        entry[len(_PREFIX) : -len(".py")]
        for entry in entries
        if entry.startswith(_PREFIX) and entry.endswith(".py")
    )


def declaration(name: str) -> Indicator:
    """What the indicator `name` declares."""
    declared: Indicator = import_module("pis." + name).INDICATOR
    return declared


def workload(name: str, framework: str) -> Type[Workload]:
    """The class that runs the indicator `name` on `framework`."""
    found = import_module(f"pis.{name}.{_PREFIX}{framework}").WORKLOAD
    declared: Type[Workload] = found
    return declared


def indicators() -> List[Dict[str, Any]]:
    """Every indicator as JSON-ready data, sorted by name."""
    return [_describe(name) for name in names()]


def check(
    name: str, framework: str, parameters: Mapping[str, Any]
) -> Tuple[Dict[str, Any], List[Fault]]:
    """All parameters with their values, and all faults as (parameter, message) pairs.

    An unknown indicator or framework is a fault of "name" or "framework".
    """
    known = names()
    if name not in known:
        message = "no indicator {!r}; known: {}".format(name, ", ".join(known))
        return {}, [(INDICATOR_FIELD, message)]
    possible = frameworks(name)
    if framework not in possible:
        message = "{} has no framework {!r}; known: {}".format(name, framework, ", ".join(possible))
        return {}, [(FRAMEWORK_FIELD, message)]
    return checker(name, framework)(parameters)


def checker(name: str, framework: str) -> Check:
    """What reads the parameters of an indicator on a framework; both must exist."""
    declared, runs = declaration(name), workload(name, framework)
    return lambda parameters: declared.check(parameters, runs.choices, runs.impossible)


def _describe(name: str) -> Dict[str, Any]:
    declared = declaration(name)
    possible = frameworks(name)
    parameters = []
    for parameter in declared.parameters:
        document = parameter.document()
        document["choices_by_framework"] = {
            framework: list(workload(name, framework).choices[parameter.name])
            for framework in possible
            if parameter.name in workload(name, framework).choices
        }
        parameters.append(document)
    impossible = {framework: _impossible(name, framework) for framework in possible}
    inside = {path for path in files() if path.split(os.sep)[0] == name}
    flops = {"formula": declared.formula, "source": declared.source}
    return {
        "name": declared.name,
        "title": declared.title,
        "summary": declared.summary,
        "version": declared.version,
        "stability": declared.stability,
        "digest": _digest(reached(inside | set(_SHARED))),
        "frameworks": possible,
        "parameters": parameters,
        "impossible": {framework: found for framework, found in impossible.items() if found},
        "presets": {preset: dict(values) for preset, values in declared.presets.items()},
        "roofline": declared.least_bytes is not None,
        "flops": None if declared.work is None else flops,
    }


def _impossible(name: str, framework: str) -> List[Dict[str, Any]]:
    """What cannot be had together on this framework, though it has each value by itself."""
    declared, runs = declaration(name), workload(name, framework)
    known = {parameter.name: parameter.choices for parameter in declared.parameters}
    return [
        together.document()
        for together in (*declared.impossible, *runs.impossible)
        if all(
            set(values) & set(runs.choices.get(parameter, known[parameter]))
            for parameter, values in together.when.items()
        )
    ]


def reached(paths: Iterable[str]) -> Set[str]:
    """The files, and every file of this package that they import, directly or not."""
    found: Set[str] = set()
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting.extend(_imported(path))
    return found


def _imported(path: str) -> List[str]:
    with open(os.path.join(folder(), path), "rb") as file:
        text = file.read().decode("utf-8")
    candidates = []
    for module, imported in _IMPORT.findall(text):
        parts = module.split(".")[1:]
        for name in ([], *([name] for name in re.findall(r"\w+", imported))):
            stem = os.path.join("", *parts, *name)
            candidates.extend([stem + ".py", os.path.join(stem, "__init__.py")])
    return [path for path in candidates if os.path.isfile(os.path.join(folder(), path))]


def _digest(paths: Iterable[str]) -> str:
    total = hashlib.sha256()
    for path in sorted(paths):
        with open(os.path.join(folder(), path), "rb") as file:
            content = hashlib.sha256(file.read()).hexdigest()
        total.update(f"{path} {content}\n".encode("utf-8"))
    return total.hexdigest()
