"""Which package index is used in place of one that a lock names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from amun_core.errors import SettingsError
from amun_core.plan import IndexSource


@dataclass(frozen=True, slots=True)
class IndexMap:
    """FROM address -> TO address; an empty TO means the index of pip's configuration."""

    addresses: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> IndexMap:
        """Read `AMUN_INDEX_MAP`: FROM=TO pairs, comma separated."""
        addresses: dict[str, str] = {}
        for number, pair in enumerate(filter(None, map(str.strip, text.split(","))), 1):
            source, equals, target = (part.strip() for part in pair.partition("="))
            if not equals or "://" not in source or (target and "://" not in target):
                # the pair is not repeated: it may carry a password
                raise SettingsError(
                    f"AMUN_INDEX_MAP: pair {number} is not FROM=TO with two addresses"
                )
            addresses[_comparable(source)] = target
        return cls(addresses)

    def source(self, source: IndexSource) -> IndexSource:
        """The index that is used for `source`; its address is empty for pip's configuration."""
        target = self.addresses.get(_comparable(source.url))
        return source if target is None else source.model_copy(update={"url": target})


def _comparable(url: str) -> str:
    return url.rstrip("/").lower()
