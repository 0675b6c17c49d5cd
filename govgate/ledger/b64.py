"""Base64 with exactly one way to write each value.

Source: RFC 4648, section 4 (standard alphabet, padding kept). Python's decoder
lets spare bits through, which would give one signature several spellings.
"""

import base64


def encode(data: bytes) -> str:
    """Write bytes in standard base64."""
    return base64.b64encode(data).decode()


def decode(text: str) -> bytes:
    """Read standard base64 that `encode` could have written.

    Raises:
        ValueError: The text is not standard base64, or not its only spelling.
    """
    data = base64.b64decode(text, validate=True)
    if encode(data) != text:
        msg = "base64 with spare bits set"
        raise ValueError(msg)
    return data
