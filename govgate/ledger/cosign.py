r"""Cosignatures: a witness says when it saw a checkpoint, and that nothing before it had changed.

Source: C2SP tlog-cosignature (https://c2sp.org/tlog-cosignature); docs/spec/cosignature.md.

    — <witness name> base64(key id, 4 bytes || time, u64 || signature)

Ed25519 (type 4) signs "cosignature/v1\n", "time <seconds>\\n" and the checkpoint's text;
ML-DSA-44 (type 6) signs a structure that names the witness as well.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from govgate.errors import AuthorityError, TamperedError
from govgate.ledger import b64
from govgate.ledger.checkpoint import Checkpoint, write_checkpoint
from govgate.ledger.note import DASH, key_id, read_signature, split_vkey, vkey
from govgate.ports import Signer

ED25519 = 4
"""Signature type byte of a cosignature by an Ed25519 key. Source: C2SP tlog-cosignature."""

ML_DSA_44 = 6
"""The same, by an ML-DSA-44 key."""

_PUBLIC_BYTES = {ED25519: 32, ML_DSA_44: 1312}
_SIGNATURE_BYTES = {ED25519: 64, ML_DSA_44: 2420}

_LATEST = 2**63 - 1
"""No time may be later. Source: C2SP tlog-cosignature, "Format"."""

_LABEL = b"subtree/v1\n\0"

SKEW_S = 300
"""A cosignature this far in the future is a clock that is off; further is refused."""


class WitnessKey(NamedTuple):
    """Who may cosign."""

    name: str
    kind: int
    """ED25519 or ML_DSA_44 of this module."""

    public: bytes

    @property
    def key_id(self) -> bytes:
        """First 4 bytes of SHA-256(name || newline || type byte || public key)."""
        return key_id(self.name, self.public, self.kind)


class Cosignature(NamedTuple):
    """One line that was verified."""

    key: WitnessKey
    time_s: int
    """When the witness signed, in seconds since 1970."""

    line: str
    """The signature line, ending in a newline."""


def witness_vkey(name: str, public: bytes) -> str:
    """Write a witness's verifier key; the key's length tells its type.

    Raises:
        AuthorityError: The name cannot stand in a note, or the key is of no known type.
    """
    return vkey(name, public, _kind_of(public))


def _kind_of(public: bytes) -> int:
    for kind, length in _PUBLIC_BYTES.items():
        if len(public) == length:
            return kind
    msg = f"a key of {len(public)} bytes cannot cosign; use an Ed25519 or ML-DSA-44 key"
    raise AuthorityError(msg)


def read_witness_vkey(text: str) -> WitnessKey:
    """Read a witness's verifier key.

    Raises:
        AuthorityError: It is malformed, a log's key, or its key id is of another key.
    """
    return WitnessKey(*split_vkey(text, _PUBLIC_BYTES))


def cosigned_message(checkpoint: Checkpoint, key: WitnessKey, time_s: int) -> bytes:
    """Write the bytes that a witness signs.

    Args:
        checkpoint: What it saw.
        key: Its key.
        time_s: When, in seconds since 1970.

    Raises:
        AuthorityError: A name is too long for the structure of ML-DSA-44: over 255 bytes.
    """
    if key.kind == ED25519:
        return f"cosignature/v1\ntime {time_s}\n{write_checkpoint(checkpoint)}".encode()
    names = [key.name.encode(), checkpoint.origin.encode()]
    if any(len(name) > 255 for name in names):  # noqa: PLR2004 -- one byte of length
        msg = f"{max(names, key=len)!r} is over 255 bytes long; cosign with a shorter name"
        raise AuthorityError(msg)
    name, origin = (bytes([len(name)]) + name for name in names)
    span = (0).to_bytes(8) + checkpoint.size.to_bytes(8)
    return _LABEL + name + time_s.to_bytes(8) + origin + span + checkpoint.root


def cosign(checkpoint: Checkpoint, name: str, signer: Signer, time_s: int) -> str:
    """Cosign a checkpoint that was found consistent with all that were seen before.

    Args:
        checkpoint: What was seen; a log's signature on it was verified.
        name: The witness's name.
        signer: Its key, Ed25519 or ML-DSA-44.
        time_s: When, in seconds since 1970; above zero.

    Returns:
        The signature line, ending in a newline.

    Raises:
        AuthorityError: The name or the key cannot be used, or the clock is before 1970.
    """
    key = read_witness_vkey(witness_vkey(name, signer.public))
    if not 0 < time_s <= _LATEST:
        msg = f"{time_s} is no time to cosign at; set the machine's clock"
        raise AuthorityError(msg)
    signature = signer.sign(cosigned_message(checkpoint, key, time_s))
    return f"{DASH}{name} {b64.encode(key.key_id + time_s.to_bytes(8) + signature)}\n"


def open_cosignature(
    line: str, checkpoint: Checkpoint, keys: Sequence[WitnessKey], now_s: int | None = None
) -> Cosignature | None:
    """Verify one signature line.

    Args:
        line: The line, ending in a newline.
        checkpoint: What it should be about.
        keys: Witnesses that are trusted.
        now_s: The present, in seconds since 1970; None accepts any time.

    Returns:
        The cosignature; None when the line is by none of these keys.

    Raises:
        TamperedError: It is malformed, or a trusted key's and does not verify.
    """
    try:
        name, raw = read_signature(line.removesuffix("\n"))
    except ValueError as why:
        msg = f"{line[:80]!r} is no signature line ({why}); ask the witness again"
        raise TamperedError(msg) from why
    for key in keys:
        if (key.name, key.key_id) == (name, raw[:4]):
            return Cosignature(key, _verify(key, raw[4:], checkpoint, now_s), line)
    return None


def _verify(key: WitnessKey, raw: bytes, checkpoint: Checkpoint, now_s: int | None) -> int:
    """Return the time of a cosignature that holds.

    Raises:
        TamperedError: It does not hold.
    """
    time_s, signature = int.from_bytes(raw[:8]), raw[8:]
    about = f"the cosignature of {key.name} on size {checkpoint.size}"
    if len(signature) != _SIGNATURE_BYTES[key.kind]:
        msg = f"{about} is cut short or too long; ask the witness again"
        raise TamperedError(msg)
    if not 0 < time_s <= (_LATEST if now_s is None else now_s + SKEW_S):
        msg = f"{about} is of the second {time_s}, which cannot be; compare the two clocks"
        raise TamperedError(msg)
    try:
        _public(key).verify(signature, cosigned_message(checkpoint, key, time_s))
    except (InvalidSignature, ValueError) as why:
        msg = f"{about} does not verify; it is of another checkpoint or forged: keep both as proof"
        raise TamperedError(msg) from why
    return time_s


def _public(key: WitnessKey) -> Ed25519PublicKey | MLDSA44PublicKey:
    kind = Ed25519PublicKey if key.kind == ED25519 else MLDSA44PublicKey
    return kind.from_public_bytes(key.public)


def open_cosignatures(
    lines: Iterable[str],
    checkpoint: Checkpoint,
    keys: Sequence[WitnessKey],
    now_s: int | None = None,
) -> list[Cosignature]:
    """Verify lines, passing over those of unknown keys; each key counts once.

    Args:
        lines: Signature lines, each ending in a newline.
        checkpoint: What they should be about.
        keys: Witnesses that are trusted.
        now_s: The present, in seconds since 1970; None accepts any time.

    Returns:
        At most one cosignature a key, in the order of the lines.
    """
    found: dict[WitnessKey, Cosignature] = {}
    for line in lines:
        opened = open_cosignature(line, checkpoint, keys, now_s)
        if opened is not None:
            found.setdefault(opened.key, opened)
    return list(found.values())
