"""Keys elsewhere: AWS KMS at the border of boto3's client, and securesystemslib for real."""

import sys
from dataclasses import dataclass, field

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from govgate.adapters.keys import create_key, read_public
from govgate.adapters.kms import MAX_BYTES, KmsSigner
from govgate.adapters.signers import LibrarySigner
from govgate.errors import AuthorityError
from govgate.ledger import open_note, sign_note, vkey
from govgate.project.keys import open_signer

ARN = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def der(public):
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@dataclass
class StandInKms:
    """Answers as KMS does for one Ed25519 key; what it is asked must be exactly right."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    region: str | None = None
    broken: bool = False

    def __call__(self, region):
        self.region = region
        return self

    def get_public_key(self, **asked):
        assert asked == {"KeyId": ARN}
        return about(PublicKey=der(self.key.public_key()))

    def sign(self, **asked):
        message = asked.pop("Message")
        how = {"MessageType": "RAW", "SigningAlgorithm": "ED25519_SHA_512"}
        assert asked == {"KeyId": ARN, **how}
        return {"Signature": self.key.sign(message + b"!" * self.broken)}


def about(**changed):
    usual = {
        "KeyId": ARN,
        "KeySpec": "ECC_NIST_EDWARDS25519",
        "KeyUsage": "SIGN_VERIFY",
        "SigningAlgorithms": ["ED25519_SHA_512", "ED25519_PH_SHA_512"],
    }
    return usual | changed


def test_a_key_in_kms_signs_a_checkpoint_that_verifies():
    kms = StandInKms()
    signer = KmsSigner(f"awskms:{ARN}?region=eu-central-1", kms)
    assert kms.region == "eu-central-1"
    assert signer.public == kms.key.public_key().public_bytes_raw()
    note = sign_note("credit.example/ledger\n1\nAAAA\n", "credit.example/ledger", signer)
    assert open_note(note, [vkey("credit.example/ledger", signer.public)])


def test_without_a_region_the_environment_decides():
    kms = StandInKms()
    KmsSigner(f"awskms:{ARN}", kms)
    assert kms.region is None


@pytest.mark.parametrize(
    "uri",
    [
        "awskms:",
        "awskms:?region=eu",
        f"awskms:{ARN}?",
        f"awskms:{ARN}?region=",
        f"awskms:{ARN}?region=a&region=b",
        f"awskms:{ARN}?zone=a",
        ARN,
    ],
)
def test_a_uri_that_names_no_key_is_refused(uri):
    with pytest.raises(AuthorityError, match="names no KMS key"):
        KmsSigner(uri, StandInKms())


@pytest.mark.parametrize(("size", "accepted"), [(MAX_BYTES, True), (MAX_BYTES + 1, False)])
def test_no_more_is_sent_than_kms_signs(size, accepted):
    signer = KmsSigner(f"awskms:{ARN}", StandInKms())
    if accepted:
        Ed25519PublicKey.from_public_bytes(signer.public).verify(
            signer.sign(b"x" * size), b"x" * size
        )
    else:
        with pytest.raises(AuthorityError, match="4,096"):
            signer.sign(b"x" * size)


def test_a_signature_that_does_not_verify_never_leaves():
    kms = StandInKms()
    signer = KmsSigner(f"awskms:{ARN}", kms)
    kms.broken = True
    with pytest.raises(AuthorityError, match="does not verify"):
        signer.sign(b"data")


def client():
    quick = Config(retries={"max_attempts": 0})
    return boto3.client(
        "kms",
        region_name="eu-central-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",  # noqa: S106 -- of nobody
        config=quick,
    )


ED25519 = der(Ed25519PrivateKey.generate().public_key())


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        (about(PublicKey=ED25519), True),  # OK
        (about(PublicKey=ED25519, KeyUsage="ENCRYPT_DECRYPT"), False),  # NOT OK
        (about(PublicKey=ED25519, SigningAlgorithms=["ED25519_PH_SHA_512"]), False),  # NOT OK
        (about(PublicKey=b"junk"), False),  # NOT OK
        (about(), False),  # NOT OK
        (
            about(
                PublicKey=der(generate_private_key(SECP256R1()).public_key()),
                KeySpec="ECC_NIST_P256",
            ),
            False,  # NOT OK: another curve
        ),
    ],
)
def test_only_an_ed25519_signing_key_is_used(answer, accepted):
    kms = client()
    with Stubber(kms) as stubber:
        stubber.add_response("get_public_key", answer, {"KeyId": ARN})
        if accepted:
            assert len(KmsSigner(f"awskms:{ARN}", lambda _: kms).public) == 32
        else:
            with pytest.raises(AuthorityError, match="not ECC_NIST_EDWARDS25519"):
                KmsSigner(f"awskms:{ARN}", lambda _: kms)


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "DisabledException", "NotFoundException", "KMSInternal"]
)
def test_a_refusal_of_kms_is_said_in_our_words(code):
    kms = client()
    with Stubber(kms) as stubber:
        stubber.add_client_error("get_public_key", code)
        with pytest.raises(AuthorityError, match=f"{code}.*check its policy"):
            KmsSigner(f"awskms:{ARN}", lambda _: kms)
        stubber.add_response("get_public_key", about(PublicKey=ED25519), {"KeyId": ARN})
        stubber.add_client_error("sign", code)
        signer = KmsSigner(f"awskms:{ARN}", lambda _: kms)
        with pytest.raises(AuthorityError, match=code):
            signer.sign(b"data")


def test_no_answer_of_kms_is_said_in_our_words():
    class Silent(StandInKms):
        def get_public_key(self, **_):
            raise EndpointConnectionError(endpoint_url="https://kms.invalid")

    with pytest.raises(AuthorityError, match="the network"):
        KmsSigner(f"awskms:{ARN}", Silent())


@pytest.fixture
def vault(tmp_path):
    """A PKCS8 file, which securesystemslib signs with by its `file2:` scheme."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(pem)
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    (tmp_path / "key.pub").write_bytes(line)
    return tmp_path


def test_a_key_of_securesystemslib_signs(vault):
    pytest.importorskip("securesystemslib")
    signer = open_signer(vault, f"ssl:file2:{vault / 'key.pem'}", "key.pub")
    assert signer.public == read_public(vault / "key.pub")
    Ed25519PublicKey.from_public_bytes(signer.public).verify(signer.sign(b"data"), b"data")


def test_a_key_of_securesystemslib_that_is_another_never_signs(vault):
    pytest.importorskip("securesystemslib")
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    with pytest.raises(AuthorityError, match=r"does not match public key|public half"):
        LibrarySigner(f"ssl:file2:{vault / 'key.pem'}", other).sign(b"data")


@pytest.mark.parametrize("uri", ["ssl:file2:/nowhere", "ssl:nothing:x", "ssl:"])
def test_a_key_that_securesystemslib_cannot_open_is_said_to_be(uri):
    pytest.importorskip("securesystemslib")
    with pytest.raises(AuthorityError, match=r"cannot be opened|did not sign"):
        LibrarySigner(uri, Ed25519PrivateKey.generate().public_key().public_bytes_raw()).sign(b"")


def test_without_the_extra_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "securesystemslib.signer", None)
    with pytest.raises(AuthorityError, match=r"govgate\[signers\]"):
        LibrarySigner("ssl:hsm:2", bytes(32))


def test_a_name_is_a_path_or_a_uri(tmp_path):
    create_key(tmp_path / "gate", "gate")
    assert open_signer(tmp_path, "gate", "gate.pub").public == read_public(tmp_path / "gate.pub")
    with pytest.raises(AuthorityError, match=r"awskms:… or ssl:…"):
        open_signer(tmp_path, "gcpkms:x", "gate.pub")
    with pytest.raises(AuthorityError, match="names no KMS key"):
        open_signer(tmp_path, "awskms:", "gate.pub")
