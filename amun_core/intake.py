"""What is noticed while a document is read: every fault at once, and a warning for each mending."""

from __future__ import annotations

from dataclasses import dataclass

from amun_core.errors import Fault
from amun_core.redaction import redact_text, shortened

#: More faults than this help nobody; the rest is counted in one last fault.
MAXIMUM_FAULTS = 100
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class InputWarning:
    """Something was accepted that could have been said better: where (RFC 6901 pointer) and what."""

    pointer: str
    message: str

    def __post_init__(self) -> None:
        for name in ("pointer", "message"):
            text = getattr(self, name)
            if (clean := redact_text(text)) != text:
                object.__setattr__(self, name, clean)


def pointer_of(*parts: str | int) -> str:
    """The RFC 6901 pointer to the value under `parts`; the empty pointer is the whole document."""
    return "".join("/" + _token(part) for part in parts)


def _token(part: str | int) -> str:
    # A pointer is shown to people and put into answers: what cannot be written is replaced.
    # A key that is an address may carry credentials: seen before its slashes are escaped.
    text = redact_text(str(part)).encode("utf-8", "replace").decode("utf-8")
    return text.replace("~", "~0").replace("/", "~1")


def shown(value: object) -> str:
    """`value` as it may stand in a message: without credentials, short, printable, on one line."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "an array"
    if isinstance(value, str):
        value = shortened(value, _SHOWN_CHARACTERS)
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return ascii(value)


class Intake:
    """Collects faults and warnings below `prefix`.

    Where the document is a text inside another document (a lock as text), no JSON pointer reaches
    into it: with `textual` every pointer is `prefix` and the place goes into the message.
    """

    def __init__(self, prefix: str = "", *, textual: bool = False) -> None:
        self.prefix = prefix
        self.textual = textual
        self.faults: list[Fault] = []
        self.warnings: list[InputWarning] = []

    def fault(self, pointer: str, message: str, hint: str | None = None) -> None:
        """Note that the value at `pointer` is wrong."""
        self.faults.append(Fault(*self._place(pointer, message), hint))

    def warn(self, pointer: str, message: str) -> None:
        """Note that the value at `pointer` was mended, or has no effect."""
        self.warnings.append(InputWarning(*self._place(pointer, message)))

    def bounded_faults(self) -> tuple[Fault, ...]:
        """The faults, cut at MAXIMUM_FAULTS with a last one that counts the rest."""
        if len(self.faults) <= MAXIMUM_FAULTS:
            return tuple(self.faults)
        rest = len(self.faults) - MAXIMUM_FAULTS
        return (*self.faults[:MAXIMUM_FAULTS], Fault(self.prefix, f"and {rest} further faults"))

    def bounded_warnings(self) -> tuple[InputWarning, ...]:
        """The warnings, cut at MAXIMUM_FAULTS with a last one that counts the rest."""
        if len(self.warnings) <= MAXIMUM_FAULTS:
            return tuple(self.warnings)
        rest = len(self.warnings) - MAXIMUM_FAULTS
        last = InputWarning(self.prefix, f"and {rest} further warnings")
        return (*self.warnings[:MAXIMUM_FAULTS], last)

    def _place(self, pointer: str, message: str) -> tuple[str, str]:
        if not self.textual:
            return self.prefix + pointer, message
        return self.prefix, f"{pointer}: {message}" if pointer else message
