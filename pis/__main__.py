"""Start of a run: `python -B pis/__main__.py run REQUEST RESULT`.

Python puts this folder first on the module path, where our files would stand before modules of the
same name of the stack. So it is taken off, and the package is loaded from where it lies.
"""

import os
import sys


def _load_package() -> None:
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [
        entry
        for entry in sys.path
        if os.path.realpath(entry or os.curdir) != os.path.realpath(folder)
    ]
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(
        "pis", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    if spec is None or spec.loader is None:
        raise SystemExit(f"error: {folder} cannot be loaded")
    package = module_from_spec(spec)
    sys.modules["pis"] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    if not __package__:
        _load_package()
    from pis.driver import main

    sys.exit(main(sys.argv))
