"""The environment store: ready environments by content address, and what fills them.

`store.py` keeps and lends them, `manifest.py` finds out what was changed in one, `installed.py`
reads what is in one, `checked.py` compares that with the plan, `installer.py` makes one with uv,
`uv_failures.py` says why uv could not, and `other_platform.py` whether the lock is for another one.
"""

from inspector.environments.installed import read_installed
from inspector.environments.installer import Installer, find_uv
from inspector.environments.manifest import Manifest
from inspector.environments.store import EnvironmentStore, StoredEnvironment

__all__ = [
    "EnvironmentStore",
    "Installer",
    "Manifest",
    "StoredEnvironment",
    "find_uv",
    "read_installed",
]
