"""The wire format of Protocol Buffers, as far as a model needs it: writing only.

A message is a row of fields. Each begins with a varint that holds the number of the field and how
its content is laid out: 0 for a varint, 2 for bytes after their length. Source: the page "Encoding"
of the documentation of Protocol Buffers.
"""

_VARINT, _BYTES = 0, 2


def varint(number: int) -> bytes:
    """A whole number, seven bits a byte, the lowest first; negative ones as 64 bits."""
    rest = number & 0xFFFFFFFFFFFFFFFF
    parts = bytearray()
    while rest > 0x7F:
        parts.append(rest & 0x7F | 0x80)
        rest >>= 7
    parts.append(rest)
    return bytes(parts)


def integer(field: int, value: int) -> bytes:
    """A field that holds a whole number, a boolean or a word of an enumeration."""
    return varint(field << 3 | _VARINT) + varint(value)


def content(field: int, value: bytes) -> bytes:
    """A field that holds bytes or another message."""
    return varint(field << 3 | _BYTES) + varint(len(value)) + value


def text(field: int, value: str) -> bytes:
    """A field that holds a string."""
    return content(field, value.encode("utf-8"))
