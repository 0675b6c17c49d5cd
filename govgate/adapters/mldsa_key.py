"""An ML-DSA-44 private key in a file: what new witnesses should cosign with.

Source: FIPS 204; RFC 9881 (PKCS8), as `openssl genpkey -algorithm ML-DSA-44` writes it.
"""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from govgate.errors import AuthorityError

_OTHERS = 0o077
"""Permission bits of everybody but the owner."""


class MldsaSigner:
    """Implements `ports.Signer`, but for the lengths: 1312 bytes of key, 2420 of signature."""

    def __init__(self, path: Path) -> None:
        """Read the key.

        Args:
            path: An ML-DSA-44 private key in PKCS8 PEM, without a passphrase, mode 0600.

        Raises:
            AuthorityError: It cannot be read, is open to others, or is another type of key.
        """
        try:
            with path.open("rb") as file:
                mode, data = os.fstat(file.fileno()).st_mode & 0o777, file.read()
        except OSError as why:
            msg = f"the key {path} cannot be read ({why.strerror}); name the right file"
            raise AuthorityError(msg) from why
        if mode & _OTHERS:
            msg = f"the key {path} has mode {mode:04o}, open to others; run `chmod 600 {path}`"
            raise AuthorityError(msg)
        try:
            key = load_pem_private_key(data, password=None)
        except (TypeError, ValueError):
            key = None
        if not isinstance(key, MLDSA44PrivateKey):
            msg = f"{path} is no ML-DSA-44 key in PKCS8 PEM without a passphrase; make another"
            raise AuthorityError(msg)
        self._key = key

    @property
    def public(self) -> bytes:
        """Raw public key, 1312 bytes."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, data: bytes) -> bytes:
        """Return the signature, 2420 bytes."""
        return self._key.sign(data)
