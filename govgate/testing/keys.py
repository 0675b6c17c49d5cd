"""Keys that a test can make again from a word."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class MemorySigner:
    """Implements `ports.Signer`; the same word gives the same key. Never for real use."""

    def __init__(self, word: str) -> None:
        """Make the key whose seed is the word's SHA-256."""
        self._key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(word.encode()).digest())

    @property
    def public(self) -> bytes:
        """See `ports.Signer.public`."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, data: bytes) -> bytes:
        """See `ports.Signer.sign`."""
        return self._key.sign(data)
