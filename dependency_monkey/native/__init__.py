"""What is done most often: in C where that was built, else the same in Python.

The walks over the compiled space, and the headers of METADATA that count.
"""

from __future__ import annotations

try:
    from dependency_monkey.native import _walk as walks
except ImportError:  # built without a C compiler
    from dependency_monkey.native import reference as walks  # type: ignore[no-redef]

try:
    from dependency_monkey.native._headers import header_lines
except ImportError:
    from dependency_monkey.native.headers import header_lines

#: Whether the walks run in C.
IS_NATIVE = walks.__name__.endswith("_walk")

__all__ = ["IS_NATIVE", "header_lines", "walks"]
