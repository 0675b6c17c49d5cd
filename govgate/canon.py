"""Bytes that two machines agree on, and the one place our type names hang from.

Room: floor. Imports nothing of govgate.
Source: RFC 8785 (JSON Canonicalization Scheme), through the `rfc8785` package.
"""

import hashlib
import json
from typing import Any

import rfc8785

SPEC = "https://govgate.readthedocs.io/spec/"
"""Every predicate type and other URI of ours starts with this."""

_INEXACT = 2**53
"""From here on RFC 8785 has no integers."""

_PLAIN = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def canonical(value: Any) -> bytes:
    """Write a JSON value as RFC 8785 bytes.

    Args:
        value: JSON types only; numbers finite, integers within ±2**53.

    Returns:
        UTF-8 bytes, keys sorted, no spaces.

    Raises:
        ValueError: A number is not finite or an integer is too large.
    """
    if _is_plain(value):
        # The same bytes, far sooner: they differ over floats and far letters in keys only.
        return _PLAIN.encode(value).encode()
    return rfc8785.dumps(value)


def _is_plain(value: Any) -> bool:
    """Tell whether a value holds nothing that RFC 8785 and Python's JSON write otherwise."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is dict:
        return all(type(k) is str and k.isascii() and _is_plain(v) for k, v in value.items())
    if kind is list:
        return all(map(_is_plain, value))
    return kind is int and abs(value) < _INEXACT


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
