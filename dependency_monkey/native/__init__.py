"""The walks over the compiled space: in C where that was built, else the same in Python."""

from __future__ import annotations

try:
    from dependency_monkey.native import _walk as walks
except ImportError:  # built without a C compiler
    from dependency_monkey.native import reference as walks  # type: ignore[no-redef]

#: Whether the walks run in C.
IS_NATIVE = walks.__name__.endswith("_walk")

__all__ = ["IS_NATIVE", "walks"]
