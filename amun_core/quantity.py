"""Quantities as Kubernetes writes them: cores ("500m") and bytes ("256Mi")."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from amun_core.errors import Fault, InvalidInputError
from amun_core.intake import shown

_CORES = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(m?)")
_BYTES = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,9})?)([KMGTPE]i|[kKMGTPE]?)")

_POWERS = {"": 0, "k": 1, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
#: Sizes end here: 2^63 - 1 is the largest number that every database keeps.
_MAXIMUM_BYTES = 2**63 - 1


def cores(text: str) -> float:
    """CPU cores: "2" is 2.0, "500m" is 0.5. Zero is refused: nothing runs on it."""
    match = _CORES.fullmatch(text)
    number = Decimal(match[1]) / (1000 if match[2] else 1) if match else Decimal(0)
    if number <= 0:
        raise _not_a_quantity(text, 'CPU cores above 0, such as "2" or "500m", are expected')
    return float(number)


def bytes_(text: str) -> int:
    """Bytes: "4Gi" is 4 * 2^30, "4G" is 4 * 10^9. A fraction of a byte is rounded up."""
    match = _BYTES.fullmatch(text)
    number = 0
    if match:
        base = 1024 if match[2].endswith("i") else 1000
        number = math.ceil(Decimal(match[1]) * base ** _POWERS[match[2].removesuffix("i")])
    if not 0 < number <= _MAXIMUM_BYTES:
        raise _not_a_quantity(text, 'bytes above 0, such as "4Gi" or "256Mi", are expected')
    return number


def _not_a_quantity(text: str, expected: str) -> InvalidInputError:
    message = f"{shown(text)}: {expected}"
    return InvalidInputError(message, faults=(Fault("", message),))
