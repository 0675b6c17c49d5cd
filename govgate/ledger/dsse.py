"""Signed envelopes: the exact bytes of an entry.

Source: DSSE 1.0.2 (https://github.com/secure-systems-lab/dsse); docs/spec/entry.md.
An envelope has one spelling: RFC 8785, signatures sorted by key id. What is
verified is what is returned; the envelope is never read a second time.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from govgate.canon import canonical
from govgate.errors import AuthorityError, TamperedError
from govgate.ledger import b64
from govgate.ports import Signer

PAYLOAD_TYPE = "application/vnd.in-toto+json"
"""Source: in-toto attestation framework v1, envelope."""

MAX_SIGNATURES = 16
"""Guards against an envelope that costs much to refuse."""

_KEYID = re.compile(r"[0-9a-f]{64}")

_SPKI_ED25519 = bytes.fromhex("302a300506032b6570032100")
"""DER that precedes the 32 bytes of a key. Source: RFC 8410, section 4."""


@dataclass(frozen=True)
class Opened:
    """What an envelope said, and which trusted keys said it."""

    statement: bytes
    """The verified bytes."""

    keyids: tuple[str, ...]
    """Key ids whose signatures verified, sorted; at least one."""


def keyid(public: bytes) -> str:
    """Name an Ed25519 key: SHA-256 of its SubjectPublicKeyInfo, 64 lowercase hex characters."""
    return hashlib.sha256(_SPKI_ED25519 + public).hexdigest()


def pae(payload_type: str, body: bytes) -> bytes:
    """Return the bytes that are signed. Source: DSSE 1.0.2, "PAE"."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)


def sign_envelope(statement: bytes, signers: Sequence[Signer]) -> bytes:
    """Sign a statement.

    Args:
        statement: Bytes of an in-toto statement.
        signers: 1 to 16 different keys.

    Returns:
        The envelope, as it stands in the log.

    Raises:
        AuthorityError: There is no key, one comes twice, or one cannot be used.
    """
    keys = {keyid(s.public): s for s in signers}
    if not 0 < len(keys) == len(signers) <= MAX_SIGNATURES:
        msg = f"{len(signers)} signers with {len(keys)} keys; sign with 1 to 16 different keys"
        raise AuthorityError(msg)
    signed = pae(PAYLOAD_TYPE, statement)
    return _write(statement, {name: signer.sign(signed) for name, signer in keys.items()})


def _write(statement: bytes, signatures: Mapping[str, bytes]) -> bytes:
    return canonical(
        {
            "payload": b64.encode(statement),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [
                {"keyid": name, "sig": b64.encode(signatures[name])} for name in sorted(signatures)
            ],
        }
    )


def open_envelope(envelope: bytes, keys: Mapping[str, bytes]) -> Opened:
    """Verify an envelope.

    Args:
        envelope: An entry's bytes.
        keys: Key id to public key (32 bytes) of every key that is trusted.

    Raises:
        TamperedError: It is malformed, or a trusted key's signature does not verify.
        AuthorityError: No trusted key signed it.
    """
    statement, signatures = take_apart(envelope)
    signed = pae(PAYLOAD_TYPE, statement)
    trusted = sorted(signatures.keys() & keys.keys())
    for name in trusted:
        if not _verifies(keys[name], signatures[name], signed):
            msg = f"the signature of key {name[:12]} does not verify; distrust this envelope"
            raise TamperedError(msg)
    if not trusted:
        named = ", ".join(sorted(signatures))
        msg = f"no trusted key signed this envelope ({named} did); add the key to the trust file, "
        raise AuthorityError(msg + "or have a key-admin disown it with `govgate keys revoke`")
    return Opened(statement, tuple(trusted))


def is_signed_by(public: bytes, signature: bytes, statement: bytes) -> bool:
    """Tell whether a key made a signature over a statement."""
    return _verifies(public, signature, pae(PAYLOAD_TYPE, statement))


def _verifies(public: bytes, signature: bytes, signed: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def take_apart(envelope: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Take an envelope apart, nothing of it verified; writing it again must give the same bytes.

    That one comparison refuses duplicate and unknown fields, other payload
    types, spare spaces, and base64 of another spelling.

    Raises:
        TamperedError: It is no envelope, or in another spelling.
    """
    try:
        fields: dict[str, Any] = json.loads(envelope)
        statement = b64.decode(fields["payload"])
        signatures = {s["keyid"]: b64.decode(s["sig"]) for s in fields["signatures"]}
        named = all(_KEYID.fullmatch(name) for name in signatures)
        exact = named and _write(statement, signatures) == envelope
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as why:
        msg = f"this is not a DSSE envelope ({type(why).__name__}); distrust it"
        raise TamperedError(msg) from why
    if not exact or not 0 < len(signatures) <= MAX_SIGNATURES:
        msg = "this DSSE envelope is not in the one spelling a ledger holds; distrust it"
        raise TamperedError(msg)
    return statement, signatures


def payload_of(envelope: bytes) -> bytes:
    """Take the statement out of an envelope that nobody has verified: to look for, not to believe.

    Raises:
        TamperedError: It is no envelope.
    """
    return take_apart(envelope)[0]
