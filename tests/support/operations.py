"""The operations of the API, as its OpenAPI document lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from amun_api.app import documented
from amun_api.surfaces import Surface


@dataclass(frozen=True)
class Operation:
    """One method on one path, with what is documented of it."""

    path: str
    method: str
    document: dict[str, Any]

    @property
    def rule(self) -> str:
        """The path as Flask writes it."""
        return self.path.replace("{", "<").replace("}", ">")

    @property
    def surface(self) -> Surface:
        """The surface whose tag it has."""
        known = {"compatibility": Surface.COMPATIBILITY}
        (tag,) = self.document["tags"]
        return known.get(tag, Surface.V1)

    @property
    def parameters(self) -> dict[str, Any]:
        """Its parameters by name."""
        return {item["name"]: item for item in self.document.get("parameters", [])}

    @property
    def body(self) -> dict[str, Any] | None:
        """The documented JSON body."""
        if "requestBody" not in self.document:
            return None
        found: dict[str, Any] = self.document["requestBody"]["content"]["application/json"]
        return found


def operations() -> tuple[Operation, ...]:
    """All of them."""
    return tuple(
        Operation(path, method.upper(), document)
        for path, methods in documented()["paths"].items()
        for method, document in methods.items()
    )
