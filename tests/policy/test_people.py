"""The people file: each id and each key belongs to one person."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from govgate.errors import PolicyError
from govgate.policy import read_people


def line(key) -> str:
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


ADA = line(ed25519.Ed25519PrivateKey.from_private_bytes(b"a" * 32))
BO = line(ed25519.Ed25519PrivateKey.from_private_bytes(b"b" * 32))
P256 = line(ec.derive_private_key(7, ec.SECP256R1()))


def people(*rows: str) -> str:
    return "people:\n" + "".join(f"  - {{{row}}}\n" for row in rows)


def test_a_person_may_have_two_keys_and_none():
    found = read_people(
        people(
            f'id: ada, name: Ada, roles: [risk], keys: ["{ADA}", "{BO} laptop"]', "id: bo, name: Bo"
        )
    )
    assert {p.id for p in found.owner_of_key.values()} == {"ada"}
    assert len(found.public_keys) == 2
    assert found.holds("ada", "risk")
    assert not found.holds("bo", "risk")
    assert not found.holds("nobody", "risk")


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        # NOT OK: one id or one key for two people, also under another comment
        (["id: ada, name: Ada", "id: ada, name: Eve"], "'ada' stands twice"),
        (
            [f'id: ada, name: Ada, keys: ["{ADA}"]', f'id: eve, name: Eve, keys: ["{ADA} eve"]'],
            "stands twice",
        ),
        # NOT OK: a key of another type, half a line, no key
        ([f'id: ada, name: Ada, keys: ["{P256}"]'], "is not Ed25519"),
        ([f'id: ada, name: Ada, keys: ["{ADA[:40]}"]'], "cannot be read"),
        (['id: ada, name: Ada, keys: ["x"]'], "cannot be read"),
        # NOT OK: nobody, no name, a field there is not
        ([], "people"),
        (["id: ada"], "name is missing"),
        (["id: ada, name: Ada, role: risk"], "did you mean 'roles'?"),
    ],
    ids=["id", "key", "type", "half", "word", "nobody", "nameless", "field"],
)
def test_a_wrong_people_file_says_what_to_do(rows, says):
    with pytest.raises(PolicyError) as caught:
        read_people(people(*rows))
    assert says in str(caught.value)
    assert ";" in str(caught.value)
