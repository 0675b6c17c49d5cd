"""Signed notes: a text and the signatures under it, as people can read them.

Source: C2SP signed-note (https://c2sp.org/signed-note); docs/spec/checkpoint.md.

    <text, ending in a newline>
    <empty line>
    — <key name> base64(key id, 4 bytes || Ed25519 signature, 64 bytes)
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from govgate.errors import AuthorityError, TamperedError
from govgate.ledger import b64
from govgate.ports import Signer

ED25519 = 1
"""Signature type byte. Source: C2SP signed-note, "Signature types"."""

MAX_SIGNATURES = 16
"""Guards against a note that costs much to refuse. Source: C2SP signed-note."""

DASH = "\u2014 "
"""A signature line begins with it."""


class VerifierKey(NamedTuple):
    """Who may sign a note."""

    name: str
    public: bytes
    """Ed25519, 32 bytes."""

    @property
    def key_id(self) -> bytes:
        """First 4 bytes of SHA-256(name || newline || 0x01 || public key)."""
        return key_id(self.name, self.public)


def key_id(name: str, public: bytes, kind: int = ED25519) -> bytes:
    """Return the 4 bytes that name a key within a note; `kind` is its signature type byte."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def vkey(name: str, public: bytes, kind: int = ED25519) -> str:
    """Write a verifier key: name, key id in hex and base64 of the key, joined by "+".

    Args:
        name: The key's name.
        public: The raw key.
        kind: Its signature type byte: a log's own, or one of `cosign`.

    Raises:
        AuthorityError: The name is empty or holds a space, a "+" or a control character.
    """
    if not _is_name(name):
        msg = f"{name!r} cannot name a log key; use letters, digits, dots, dashes and slashes"
        raise AuthorityError(msg)
    return f"{name}+{key_id(name, public, kind).hex()}+{b64.encode(bytes([kind]) + public)}"


def read_vkey(text: str) -> VerifierKey:
    """Read a verifier key.

    Raises:
        AuthorityError: It is malformed, is no Ed25519 key, or its key id is of another key.
    """
    name, _, public = split_vkey(text, {ED25519: 32})
    return VerifierKey(name, public)


def split_vkey(text: str, kinds: Mapping[int, int]) -> tuple[str, int, bytes]:
    """Take a verifier key apart.

    Args:
        text: The line `name+id+key`.
        kinds: Signature type bytes that may be, to the length of their keys in bytes.

    Returns:
        The name, the type byte and the raw key.

    Raises:
        AuthorityError: It is malformed, of another type, or its key id is of another key.
    """
    name, _, rest = text.partition("+")
    try:
        raw = b64.decode(rest.partition("+")[2])
    except ValueError:
        raw = b""
    if not raw or kinds.get(raw[0]) != len(raw) - 1 or not _is_name(name):
        wanted = "an Ed25519" if ED25519 in kinds else "a witness's"
        msg = f"{text!r} is not {wanted} verifier key; copy the line `name+id+key` again"
        raise AuthorityError(msg)
    if vkey(name, raw[1:], raw[0]) != text:
        msg = f"the key id in {text!r} is of another key; copy the line again"
        raise AuthorityError(msg)
    return name, raw[0], raw[1:]


def sign_note(text: str, name: str, *signers: Signer) -> bytes:
    """Sign a text; the same keys in any order give the same bytes.

    Args:
        text: What is signed; ends in a newline.
        name: The keys' name; for a log, its origin.
        signers: The keys, at least one.
    """
    signed = sorted(key_id(name, s.public) + s.sign(text.encode()) for s in signers)
    lines = "".join(f"{DASH}{name} {b64.encode(one)}\n" for one in signed)
    return f"{text}\n{lines}".encode()


def open_note(note: bytes, vkeys: Iterable[str], key: str = "the note") -> str:
    """Verify a note and return its text.

    Args:
        note: The note's bytes.
        vkeys: Verifier keys that are trusted.
        key: Where it was read, for the message.

    Returns:
        The text, which at least one trusted key signed.

    Raises:
        TamperedError: It is malformed, or a signature by a trusted key does not verify.
        AuthorityError: No trusted key signed it.
    """
    return who_signed(note, vkeys, key)[0]


def who_signed(note: bytes, vkeys: Iterable[str], key: str) -> tuple[str, list[str]]:
    """As `open_note`, and say which of the trusted keys signed.

    Raises:
        TamperedError: It is malformed, or a signature by a trusted key does not verify.
        AuthorityError: No trusted key signed it.
    """
    known = {(k.name, k.key_id): (v, k.public) for v, k in ((v, read_vkey(v)) for v in vkeys)}
    text, signatures = take_apart(note, key)
    signed = []
    for name, raw in signatures:
        vkey, public = known.get((name, raw[:4]), ("", b""))
        if not vkey:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], text.encode())
        except InvalidSignature as why:
            msg = f"the signature of {name} under {key} does not verify; distrust this copy"
            raise TamperedError(msg) from why
        signed.append(vkey)
    if not signed:
        named = ", ".join(f"{name}+{raw[:4].hex()}" for name, raw in signatures)
        msg = f"{key} is signed by no trusted key ({named} did); where the log's key was replaced, "
        raise AuthorityError(msg + "get a new trust file from the log's owner")
    return text, signed


def take_apart(note: bytes, key: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Return the text and its signatures, none of them verified.

    Raises:
        TamperedError: It is not a note.
    """
    try:
        whole = note.decode()
        _require(all(c >= " " or c == "\n" for c in whole), "holds a control character")
        text, blank, block = whole.rpartition("\n\n")
        _require(bool(blank and text) and block.endswith("\n"), "has no signatures")
        lines = block[:-1].split("\n")
        _require(len(lines) <= MAX_SIGNATURES, f"has over {MAX_SIGNATURES} signatures")
        signatures = [read_signature(line) for line in lines]
        named = {(name, raw[:4]) for name, raw in signatures}
        _require(len(named) == len(signatures), "has two signatures of one key")
    except ValueError as why:
        msg = f"{key} is not a signed note ({why}); restore it from a copy of the ledger"
        raise TamperedError(msg) from why
    return text + "\n", signatures


def read_signature(line: str) -> tuple[str, bytes]:
    """Take a signature line apart, without its newline.

    Returns:
        The key's name, and its 4-byte key id with the signature after it.

    Raises:
        ValueError: It is not a signature line.
    """
    name, _, encoded = line.removeprefix(DASH).rpartition(" ")
    _require(line.startswith(DASH) and _is_name(name), "has a malformed signature line")
    raw = b64.decode(encoded)
    _require(len(raw) > 4, "has a signature that is cut short")  # noqa: PLR2004 -- the key id
    return name, raw


def _is_name(name: str) -> bool:
    return bool(name) and not any(c.isspace() or c < " " or c == "+" for c in name)


def _require(claim: bool, otherwise: str) -> None:  # noqa: FBT001 -- a claim is what it takes
    if not claim:
        raise ValueError(otherwise)
