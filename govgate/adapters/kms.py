"""An Ed25519 key that never leaves AWS KMS.

Source: AWS KMS API reference, Sign and GetPublicKey, key spec
ECC_NIST_EDWARDS25519 with signing algorithm ED25519_SHA_512 (botocore 1.44.5);
RFC 8410 for the public key.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from govgate.errors import AuthorityError

SCHEME = "awskms:"

MAX_BYTES = 4096
"""Longest message KMS signs whole. Source: AWS KMS API reference, Sign, Message."""

_ALGORITHM = "ED25519_SHA_512"
_KEY_SPEC = "ECC_NIST_EDWARDS25519"

Connect = Callable[[str | None], Any]
"""Region, or None for the environment's, to a KMS client."""


def _connect(region: str | None) -> Any:
    import boto3
    from botocore.config import Config

    slow = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard"})
    return boto3.client("kms", region_name=region, config=slow)


class KmsSigner:
    """Implements `ports.Signer` with a key in AWS KMS."""

    def __init__(self, uri: str, connect: Connect = _connect) -> None:
        """Fetch the public key.

        Args:
            uri: "awskms:" and a key id, alias or ARN, and "?region=…" where it is not
                the environment's.
            connect: Makes the client.

        Raises:
            AuthorityError: The URI is malformed, KMS refuses or does not answer, or the key
                is no Ed25519 signing key.
        """
        self._key_id, region = _read_uri(uri)
        self._client = _ask(self._key_id, lambda: connect(region))
        answer = _ask(self._key_id, lambda: self._client.get_public_key(KeyId=self._key_id))
        self._public = _public(self._key_id, answer)

    @property
    def public(self) -> bytes:
        """See `ports.Signer.public`."""
        return self._public.public_bytes_raw()

    def sign(self, data: bytes) -> bytes:
        """See `ports.Signer.sign`.

        Raises:
            AuthorityError: The data is longer than KMS signs, KMS refused, or did not answer
                with a signature of this key.
        """
        if len(data) > MAX_BYTES:
            msg = f"KMS signs {MAX_BYTES:,} bytes at once, these are {len(data):,}; "
            raise AuthorityError(msg + "use a key in a file for entries, KMS for checkpoints")
        answer = _ask(
            self._key_id,
            lambda: self._client.sign(
                KeyId=self._key_id, Message=data, MessageType="RAW", SigningAlgorithm=_ALGORITHM
            ),
        )
        signature = bytes(answer.get("Signature", b""))
        try:
            self._public.verify(signature, data)
        except InvalidSignature as why:
            msg = f"KMS answered for {self._key_id} with a signature that does not verify; "
            raise AuthorityError(msg + "check the key's algorithm and the endpoint") from why
        return signature


def _read_uri(uri: str) -> tuple[str, str | None]:
    key_id, mark, query = uri.removeprefix(SCHEME).partition("?")
    words = parse_qs(query, keep_blank_values=True)
    region = words.pop("region", None)
    plain = region is None or (len(region) == 1 and region[0])
    if not uri.startswith(SCHEME) or not key_id or words or not plain or (mark and not region):
        msg = f"{uri!r} names no KMS key; write awskms:KEY_ARN or awskms:KEY_ID?region=REGION"
        raise AuthorityError(msg)
    return key_id, region[0] if region else None


def _ask(key_id: str, call: Callable[[], Any]) -> Any:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call()
    except (BotoCoreError, ClientError) as why:
        msg = f"KMS cannot use {key_id} ({why}); check its policy, the region and the network"
        raise AuthorityError(msg) from why


def _public(key_id: str, answer: Any) -> Ed25519PublicKey:
    try:
        key: Any = load_der_public_key(bytes(answer["PublicKey"]))
    except (ValueError, TypeError, KeyError, UnsupportedAlgorithm):
        key = None
    fits = answer.get("KeyUsage") == "SIGN_VERIFY" and _ALGORITHM in answer.get(
        "SigningAlgorithms", ()
    )
    if not isinstance(key, Ed25519PublicKey) or not fits:
        msg = f"the KMS key {key_id} is {answer.get('KeySpec')}, not {_KEY_SPEC} for signing; "
        raise AuthorityError(msg + "make one with that key spec")
    return key
