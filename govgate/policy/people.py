"""Who may sign, in which role, with which key."""

from functools import cached_property
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from pydantic import Field, field_validator, model_validator

from govgate.ledger import keyid
from govgate.policy.strict_yaml import read_record
from govgate.records import Record, Word


def _public(line: str) -> bytes:
    # A line such as "ssh-ed25519 AAAA... ada" to its raw key.
    try:
        key = load_ssh_public_key(line.encode())
    except (ValueError, UnsupportedAlgorithm) as why:
        msg = f"the key {line[:40]!r} cannot be read; paste the whole line of the .pub file"
        raise ValueError(msg) from why
    if not isinstance(key, Ed25519PublicKey):
        msg = f"the key {line[:40]!r} is not Ed25519; make one with `ssh-keygen -t ed25519`"
        raise ValueError(msg)  # noqa: TRY004 -- pydantic turns a ValueError into a message
    return key.public_bytes_raw()


class Person(Record):
    """One person who trains, owns, reviews or approves."""

    id: Word
    name: Word
    roles: tuple[Word, ...] = ()
    keys: tuple[Word, ...] = ()
    """OpenSSH public keys, one line each."""

    @field_validator("keys")
    @classmethod
    def _readable(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for line in keys:
            _public(line)
        return keys

    @property
    def public_keys(self) -> dict[str, bytes]:
        """Key id to raw public key."""
        return {keyid(raw): raw for raw in map(_public, self.keys)}


class People(Record):
    """Everyone known; ids and keys belong to one person each."""

    people: tuple[Person, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        ids = [p.id for p in self.people]
        keys = [k for p in self.people for k in p.public_keys]
        for found, what in ((ids, "the id"), (keys, "the key")):
            for item in found:
                if found.count(item) > 1:
                    msg = f"{what} {item!r} stands twice; give each to one person"
                    raise ValueError(msg)
        return self

    @cached_property
    def by_id(self) -> dict[str, Person]:
        """Id to person."""
        return {p.id: p for p in self.people}

    @cached_property
    def owner_of_key(self) -> dict[str, Person]:
        """Key id to the one person who holds it."""
        return {k: p for p in self.people for k in p.public_keys}

    @cached_property
    def public_keys(self) -> dict[str, bytes]:
        """Key id to raw public key, of everyone."""
        return {k: raw for p in self.people for k, raw in p.public_keys.items()}

    def holds(self, person: str, role: str) -> bool:
        """Tell whether a known person holds a role."""
        return person in self.by_id and role in self.by_id[person].roles


def read_people(text: str, name: str = "people.yaml") -> People:
    """Read the people file.

    Args:
        text: Strict YAML, as in docs/reference/people-file.md.
        name: The file's name, for messages.

    Returns:
        People whose every key can be read.

    Raises:
        PolicyError: The text is not a people file.
    """
    return read_record(text, People, name)[0]
