"""Bytes that two machines agree on, and the one place our type names hang from.

Room: floor. Imports nothing of govgate.
Source: RFC 8785 (JSON Canonicalization Scheme), through the `rfc8785` package.
"""

import hashlib
from typing import Any

import rfc8785

SPEC = "https://govgate.readthedocs.io/spec/"
"""Every predicate type and other URI of ours starts with this."""


def canonical(value: Any) -> bytes:
    """Write a JSON value as RFC 8785 bytes.

    Args:
        value: JSON types only; numbers finite, integers within ±2**53.

    Returns:
        UTF-8 bytes, keys sorted, no spaces.

    Raises:
        ValueError: A number is not finite or an integer is too large.
    """
    return rfc8785.dumps(value)


def sha256(data: bytes) -> str:
    """Name bytes by their content.

    Returns:
        "sha256:" and 64 lowercase hex characters.
    """
    return "sha256:" + hashlib.sha256(data).hexdigest()


def digest(value: Any) -> str:
    """Name a JSON value by its content.

    Args:
        value: As for `canonical`.

    Returns:
        "sha256:" and 64 lowercase hex characters.
    """
    return sha256(canonical(value))
