"""What is compiled: walks over the space of stacks, and the reading of headers, in C.

Both use the limited API, so that one wheel serves Python 3.11 and all later versions; and they are
optional: where there is no compiler, the same in Python takes their place. Everything else about the
package is in pyproject.toml.
"""

from __future__ import annotations

import sysconfig

from setuptools import Extension, setup

COMPILED = [
    Extension(
        f"dependency_monkey.native.{name}",
        [f"dependency_monkey/native/{name}.c"],
        extra_compile_args=["-O3"],
        py_limited_api=True,
        optional=True,
    )
    for name in ("_walk", "_headers")
]

# an interpreter without the global lock has no limited API
extensions = [] if sysconfig.get_config_var("Py_GIL_DISABLED") else COMPILED

setup(ext_modules=extensions, options={"bdist_wheel": {"py_limited_api": "cp311"}})
