"""The suites that exist: found by looking, described for people and programs."""

import os
from importlib import import_module
from typing import Any, Dict, List

from pis.suites.suite import Suite


def declared() -> List[Suite]:
    """Every suite: folders beside this file in alphabetical order, each in its own order."""
    folder = os.path.dirname(os.path.abspath(__file__))
    found: List[Suite] = []
    for entry in sorted(os.listdir(folder)):
        if os.path.isfile(os.path.join(folder, entry, "__init__.py")):
            found.extend(import_module("pis.suites." + entry).SUITES)
    return found


def suites() -> List[Dict[str, Any]]:
    """Every suite with its cases as JSON-ready data."""
    return [suite.document() for suite in declared()]
