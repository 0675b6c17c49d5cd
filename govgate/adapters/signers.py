"""Ed25519 keys in hardware and vaults that securesystemslib can reach.

Source: securesystemslib 1.6.0, `signer.Signer.from_priv_key_uri`; installed with
`pip install 'govgate[signers]'`.
"""

from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from govgate.errors import AuthorityError

SCHEME = "ssl:"
"""Before the URI that securesystemslib reads, such as "ssl:hv:my-key"."""


class LibrarySigner:
    """Implements `ports.Signer` through securesystemslib."""

    def __init__(self, uri: str, public: bytes) -> None:
        """Reach the key.

        Args:
            uri: "ssl:" and a URI of securesystemslib.
            public: The key's public half, 32 bytes; the library does not ask the device for it.

        Raises:
            AuthorityError: The extra is not installed, or the key cannot be reached.
        """
        self.public = public
        self._uri = uri
        self._signer = _open(uri, public)

    def sign(self, data: bytes) -> bytes:
        """See `ports.Signer.sign`.

        Raises:
            AuthorityError: The key cannot be used, or is not the one it is called.
        """
        try:
            signature = bytes.fromhex(self._signer.sign(data).signature)
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, data)
        except InvalidSignature as why:
            msg = f"{self._uri} is not the key of the public half in `trust`; correct one of them"
            raise AuthorityError(msg) from why
        except Exception as why:  # each scheme of the library raises errors of its own
            msg = f"{self._uri} did not sign ({why}); check the device or service"
            raise AuthorityError(msg) from why
        return signature


def _open(uri: str, public: bytes) -> Any:
    try:
        from securesystemslib.signer import Signer as LibrarySigners  # type: ignore[attr-defined]
        from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]
    except ImportError as why:
        msg = f"{uri} needs securesystemslib; run `pip install 'govgate[signers]'`"
        raise AuthorityError(msg) from why
    key = SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(public))
    try:
        return LibrarySigners.from_priv_key_uri(uri.removeprefix(SCHEME), key)
    except Exception as why:  # each scheme of the library raises errors of its own
        msg = f"{uri} cannot be opened ({type(why).__name__}: {why}); correct it in govgate.yaml"
        raise AuthorityError(msg) from why
