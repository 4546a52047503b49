"""The first import of a module in this process."""

import sys
from importlib import import_module
from typing import Any

from pis.workload import Check, Workload


class FreshImport(Workload):
    """What is measured is `load`; the check is that it was the first and that it took effect."""

    measures_load = True

    def load(self) -> Any:
        self._there_before = self.module in sys.modules
        self._loaded = import_module(self.module)
        return self._loaded

    def check(self) -> Check:
        right = not self._there_before and sys.modules.get(self.module) is self._loaded
        return Check(0.0 if right else 1.0, 0.0)
