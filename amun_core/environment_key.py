"""The content address of an environment: everything that decides what is in it, nothing else."""

from __future__ import annotations

from typing import Any

from amun_core.identity import digest
from amun_core.index_settings import without_credentials
from amun_core.locked_package import Origin
from amun_core.plan import ImageFacts, IndexSource, LockedRequirement
from amun_core.specification import Specification

#: Raised whenever an environment made by the same plan would contain something else.
RECIPE_VERSION = 1


def environment_key(
    specification: Specification,
    image: ImageFacts,
    mode: str,
    stack: str,
    requirements: tuple[LockedRequirement, ...],
    tools: tuple[str, ...],
    environment: tuple[tuple[str, str], ...],
    variant: int,
    origin: list[Any],
) -> str:
    """The key of an environment.

    But for the variant: a calibration asks for the same content, built a second time.
    """
    python = image.python
    content: dict[str, Any] = {
        "recipe": RECIPE_VERSION,
        "mode": mode,
        "base": image.digest,
        "python": [python.version, python.implementation, python.platform, python.prefix],
        "stack": stack,
        "hashes": [[item.name, list(item.hashes), _address(item)] for item in requirements],
        "native_packages": list(specification.packages),
        "update": specification.update,
        "files": [[file.path, file.content] for file in specification.files],
        "tools": list(tools),
        "environment": [list(pair) for pair in environment],
    }
    if origin:
        content["origin"] = origin
    if variant:  # keys of ordinary environments stay what they were
        content["variant"] = variant
    return digest("environment", content)


def unpinned_origin(
    requirements: tuple[LockedRequirement, ...],
    sources: tuple[IndexSource, ...],
    origin: Origin,
    host_origin: tuple[str, ...],
) -> list[Any]:
    """Where files come from that no hash pins, and which of them are taken; [] where all are pinned.

    Without the login of an address: it opens the same place.
    """
    content: list[Any] = []
    unpinned = [item for item in requirements if not item.hashes and not _address(item)]
    if unpinned:
        places = [without_credentials(source.url) for source in sources]
        links = [without_credentials(link) for link in origin.find_links]
        content = [places, links, origin.no_index, list(host_origin)]
        if any(content):
            urls = {source.name: without_credentials(source.url) for source in sources}
            bound = [[item.name, urls.get(item.index, "")] for item in unpinned if item.index]
            content += [urls.get(origin.main or ""), bound]
    if origin.choices:
        content.append(list(origin.choices))
    return content if any(content) else []


def _address(item: LockedRequirement) -> str:
    """Where the file lies, if that decides what it contains: hashes say it wherever it lies."""
    if item.file is not None and not item.hashes:
        return item.file.url
    return item.url or ""
