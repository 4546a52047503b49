"""Every setting of uv 0.13, and what it means for which stacks are valid. No setting is passed over.

The list is uv's own: what `[tool.uv]` of 0.13.8 takes, as its message about an unknown key tells it.
"""

from __future__ import annotations

UV_VERSION = "0.13.8"

#: Read, and obeyed.
OBEYED = frozenset(
    {
        "index", "index-url", "extra-index-url", "no-index", "find-links", "index-strategy",
        "allow-insecure-host", "prerelease", "prerelease-package", "exclude-newer",
        "exclude-newer-package", "no-sources", "no-sources-package", "no-build", "sources",
        "override-dependencies", "exclude-dependencies", "constraint-dependencies", "environments",
        "conflicts", "default-groups", "dependency-groups", "dev-dependencies",
    }
)  # fmt: skip

#: How uv works, builds, publishes or caches: no stack becomes valid, or ceases to be.
WITHOUT_INFLUENCE = frozenset(
    {
        "required-version", "system-certs", "native-tls", "offline", "no-cache", "cache-dir",
        "preview", "preview-features", "python-preference", "python-downloads",
        "concurrent-downloads", "concurrent-builds", "concurrent-installs", "keyring-provider",
        "http-proxy", "https-proxy", "no-proxy", "fork-strategy", "config-settings",
        "config-settings-package", "no-build-isolation", "require-build-hashes",
        "no-build-isolation-package", "extra-build-dependencies", "extra-build-variables",
        "link-mode", "compile-bytecode", "upgrade", "upgrade-package", "reinstall",
        "reinstall-package", "python-install-mirror", "pypy-install-mirror",
        "graalpy-install-mirror", "pyodide-install-mirror", "python-downloads-json-url",
        "publish-url", "trusted-publishing", "check-url", "add-bounds", "audit", "cache-keys",
        "build-constraint-dependencies", "managed", "package", "build-backend",
    }
)  # fmt: skip

_WHEELS = "wheels are read, and installed"
#: Not obeyed, and told: they can change which stacks uv takes.
TOLD = {
    "resolution": "every valid stack counts, and the newest is taken first",
    "no-binary": _WHEELS,
    "no-binary-package": _WHEELS,
    "no-build-package": "source distributions are left out of all packages, unless asked for",
    "torch-backend": "name the index of torch in [tool.uv.sources]",
    "dependency-metadata": "the metadata of the files counts",
    "required-environments": "the stacks are for one environment alone",
    "minimum-libc-version": "the stacks are for one libc: --libc says which",
    "workspace": "the members of a workspace are not read: give the file of the one that is meant",
    "pip": "settings for `uv pip` alone: write them under [tool.uv]",
}

#: What says nothing other than the default: no word is due.
QUIET_VALUES: dict[str, object] = {"resolution": "highest", "no-binary": False}
