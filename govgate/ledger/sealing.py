"""Files with personal data: sealed with a key that can be destroyed, named by a salted digest.

Source: docs/spec/evidence-store.md, "Erasable files"; the STREAM construction as age uses it
(https://c2sp.org/age, "Payload") with AES-256-GCM (NIST SP 800-38D); Padmé
(Nikitin et al., PETS 2019, section 4.2).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import ValidationError

from govgate.canon import canonical
from govgate.errors import EvidenceError, TamperedError
from govgate.ledger import b64
from govgate.ledger.blocks import BLOCK_BYTES
from govgate.records import KeptFile

SECRET_BYTES = 32
"""Of a key, and of a salt: nobody guesses either."""

MIN_SEALED_BYTES = 4096
"""A shorter file is padded to so many: its length would tell a yes from a no."""

_DOMAIN = b"govgate evidence commitment v1\n"


def commitment_of(salt: bytes, file: KeptFile) -> str:
    """Name a file so that who does not know the salt learns nothing of it.

    Args:
        salt: 32 random bytes.
        file: What is committed to: its name, media type, size and digest.

    Returns:
        "sha256:" and 64 lowercase hex characters.
    """
    said = hashlib.sha256(canonical(file.model_dump(mode="json"))).digest()
    return f"sha256:{hashlib.sha256(_DOMAIN + salt + said).hexdigest()}"


@dataclass(frozen=True)
class Secret:
    """All that must be destroyed to erase one file."""

    key: bytes = field(repr=False)
    """AES-256; seals this one file and nothing else."""

    salt: bytes = field(repr=False)
    file: KeptFile

    @property
    def commitment(self) -> str:
        """The name of the file in the ledger."""
        return commitment_of(self.salt, self.file)


def write_secret(secret: Secret) -> bytes:
    """Write a secret as it is kept: canonical JSON."""
    fields = {"v": 1, "key": b64.encode(secret.key), "salt": b64.encode(secret.salt)}
    return canonical(fields | {"file": secret.file.model_dump(mode="json")})


def read_secret(data: bytes, commitment: str) -> Secret:
    """Read the secret of a commitment.

    Raises:
        EvidenceError: It is none, or that of another file.
    """
    try:
        fields = json.loads(data)
        file = KeptFile.model_validate_json(canonical(fields["file"]))
        secret = Secret(b64.decode(fields["key"]), b64.decode(fields["salt"]), file)
        exact = write_secret(secret) == data and secret.commitment == commitment
        exact = exact and len(secret.key) == len(secret.salt) == SECRET_BYTES
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ValidationError):
        exact = False
    if not exact:
        msg = f"what is kept as the key of {commitment} is not its key; restore it from a copy"
        raise EvidenceError(msg)
    return secret


def padded_size(size_bytes: int) -> int:
    """Say how long a file is made before it is sealed, so that its length tells little.

    Returns:
        At least `MIN_SEALED_BYTES`, at most 7 % more than a longer size. Source: Padmé.
    """
    size = max(size_bytes, MIN_SEALED_BYTES)
    exponent = size.bit_length() - 1
    mask = (1 << exponent - exponent.bit_length()) - 1
    return (size + mask) & ~mask


def seal(blocks: Iterable[bytes], secret: Secret) -> Iterator[bytes]:
    """Yield the sealed blocks of a file; the same file and secret give the same bytes.

    Args:
        blocks: The file, cut as `BLOCK_BYTES` says. It must be the file of the secret:
            a key that seals two files opens both.
        secret: Its key.

    Raises:
        EvidenceError: The file is longer than the secret says.
    """
    cipher, left, number = AESGCM(secret.key), padded_size(secret.file.size_bytes), 0
    given = iter(blocks)
    while left:
        text = next(given, b"").ljust(min(BLOCK_BYTES, left), b"\0")
        left -= len(text)
        yield cipher.encrypt(_nonce(number, last=not left), text, None)
        number += 1
    if next(given, None) is not None:
        msg = f"the file is over {secret.file.size_bytes} bytes; add it when nobody writes to it"
        raise EvidenceError(msg)


def unseal(sealed: Iterable[bytes], secret: Secret) -> Iterator[bytes]:
    """Yield the file again; whoever uses it must wait for the end, when all of it was checked.

    Raises:
        TamperedError: A block is not one of this file, not at its place, or one is missing.
    """
    cipher, left, number = AESGCM(secret.key), padded_size(secret.file.size_bytes), 0
    whole, size = hashlib.sha256(), secret.file.size_bytes
    for block in sealed:
        left -= min(BLOCK_BYTES, left)
        try:
            text = cipher.decrypt(_nonce(number, last=not left), block, None)
        except InvalidTag as why:
            msg = f"block {number} of {secret.commitment} is not sealed with its key; "
            raise TamperedError(msg + "restore the key and the block from a copy") from why
        text, number = text[:size], number + 1
        size -= len(text)
        whole.update(text)
        yield text
    if left or size or f"sha256:{whole.hexdigest()}" != secret.file.sha256:
        msg = f"the blocks of {secret.commitment} are not the file that was sealed; "
        raise TamperedError(msg + "restore them from a copy of the ledger")


def _nonce(number: int, *, last: bool) -> bytes:
    """Place of a block: 11 bytes of its number, and whether it is the last."""
    return number.to_bytes(11, "big") + bytes([last])
