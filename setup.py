"""The one part that is compiled: walks over the space of stacks, in C.

It uses the limited API, so that one wheel serves Python 3.11 and all later versions; and it is
optional: where there is no compiler, the same walks in Python take its place. Everything else about
the package is in pyproject.toml.
"""

from __future__ import annotations

import sysconfig

from setuptools import Extension, setup

WALK = Extension(
    "dependency_monkey.native._walk",
    ["dependency_monkey/native/_walk.c"],
    extra_compile_args=["-O3"],
    py_limited_api=True,
    optional=True,
)

# an interpreter without the global lock has no limited API
extensions = [] if sysconfig.get_config_var("Py_GIL_DISABLED") else [WALK]

setup(ext_modules=extensions, options={"bdist_wheel": {"py_limited_api": "cp311"}})
