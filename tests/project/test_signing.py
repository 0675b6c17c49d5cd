"""OpenSSF model signing: what we sign their package verifies, and the other way round."""

import json
import subprocess
import sys
from base64 import b64decode

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from model_signing import hashing, signing, verifying

from govgate.cli.main import main
from govgate.errors import AuthorityError, EvidenceError
from govgate.project import sign_model, verify_model


def write_pair(folder, private):
    pem, spki = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key").write_bytes(private.private_bytes(pem, pkcs8, plain))
    (folder / "key.pub").write_bytes(private.public_key().public_bytes(pem, spki))
    return folder / "key", folder / "key.pub"


@pytest.fixture
def keys(tmp_path):
    return write_pair(tmp_path, ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture
def model(tmp_path):
    """Names whose order differs by path and by letters."""
    folder = tmp_path / "model"
    for path in ("MLmodel", "data/w", "data.bin", "data-1/x", "\u00e4", "a/b/c", ".gitignore"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)
    return folder


@pytest.fixture
def signature(tmp_path):
    return tmp_path / "model.sig"


def test_our_root_is_theirs(model, keys, signature):
    signed = sign_model(model, signature, keys[0])

    payload = json.loads(signature.read_bytes())["dsseEnvelope"]["payload"]
    statement = json.loads(b64decode(payload))
    assert statement["subject"][0]["digest"]["sha256"] == signed.signing_root
    names = [r["name"] for r in statement["predicate"]["resources"]]
    assert sorted(names) == sorted(file.path for file in signed.files)


def test_their_package_verifies_what_we_sign(model, keys, signature):
    sign_model(model, signature, keys[0])

    config = verifying.Config().use_elliptic_key_verifier(public_key=keys[1])
    config.set_hashing_config(hashing.Config().set_ignored_paths(paths=[], ignore_git_paths=False))
    config.verify(model, signature)


def test_we_verify_what_their_package_signs(model, keys, signature):
    (model / ".gitignore").unlink()
    signing.Config().use_elliptic_key_signer(private_key=keys[0]).sign(model, signature)

    assert verify_model(model, signature, keys[1]).content.startswith("sha256:")


def test_a_file_that_a_signature_leaves_out_is_not_let_through(model, keys, signature):
    signing.Config().use_elliptic_key_signer(private_key=keys[0]).sign(model, signature)

    with pytest.raises(EvidenceError, match="leaves out"):
        verify_model(model, signature, keys[1])


def test_a_signature_may_lie_in_the_folder_it_signs(model, keys):
    signed = sign_model(model, model / "model.sig", keys[0])

    assert verify_model(model, model / "model.sig", keys[1]) == signed


@pytest.mark.parametrize(
    "bend",
    [
        lambda m: (m / "MLmodel").write_text("evil"),
        lambda m: (m / "evil.py").write_text("import os"),
        lambda m: (m / ".git").mkdir() or (m / ".git" / "hook").write_text("evil"),
        lambda m: (m / "data" / "w").unlink(),
        lambda m: (m / "data" / "w").rename(m / "w"),
    ],
    ids=["byte", "new file", "file of git", "file gone", "moved"],
)
def test_a_model_that_was_changed_does_not_verify(model, keys, signature, bend):
    sign_model(model, signature, keys[0])
    bend(model)

    with pytest.raises(EvidenceError, match=";"):
        verify_model(model, signature, keys[1])


def test_another_persons_key_does_not_verify(model, keys, signature, tmp_path):
    sign_model(model, signature, keys[0])
    (tmp_path / "other").mkdir()
    other = write_pair(tmp_path / "other", ec.generate_private_key(ec.SECP256R1()))

    with pytest.raises((AuthorityError, EvidenceError), match=";"):
        verify_model(model, signature, other[1])


@pytest.mark.parametrize("text", ["", "{}", "[]", "no json", '{"verificationMaterial": {}}'])
def test_a_signature_of_nonsense_does_not_verify(model, keys, signature, text):
    signature.write_text(text)

    with pytest.raises(EvidenceError, match="fetch"):
        verify_model(model, signature, keys[1])


def test_a_key_of_another_kind_cannot_sign_and_says_which_can(model, signature, tmp_path):
    key, public = write_pair(tmp_path, ed25519.Ed25519PrivateKey.generate())

    with pytest.raises(AuthorityError, match="P-256"):
        sign_model(model, signature, key)
    with pytest.raises(AuthorityError, match="PEM"):
        verify_model(model, signature, public)


def test_a_key_with_a_passphrase_is_opened_with_it(model, signature, tmp_path, monkeypatch):
    private = ec.generate_private_key(ec.SECP256R1())
    _, public = write_pair(tmp_path, private)
    locked = serialization.BestAvailableEncryption(b"secret")
    pkcs8 = serialization.PrivateFormat.PKCS8
    pem = private.private_bytes(serialization.Encoding.PEM, pkcs8, locked)
    (tmp_path / "locked").write_bytes(pem)

    with pytest.raises(AuthorityError):
        sign_model(model, signature, tmp_path / "locked")
    monkeypatch.setenv("GOVGATE_KEY_PASSPHRASE", "secret")
    sign_model(model, signature, tmp_path / "locked")

    assert verify_model(model, signature, public)


def test_the_command_line_signs_and_verifies_beside_the_folder(model, keys, capsys):
    assert main(["model", "sign", str(model), "--key", str(keys[0])]) == 0
    assert model.with_name("model.sig").is_file()
    capsys.readouterr()
    assert main(["model", "verify", str(model), "--key", str(keys[1]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out).keys() == {"content", "signing_root_sha256"}
    (model / "MLmodel").write_text("evil")
    assert main(["model", "verify", str(model), "--key", str(keys[1])]) == 3


@pytest.mark.parametrize("missing", ["model_signing", "OpenSSL"])
def test_without_the_extra_it_says_what_to_install(model, keys, missing):
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from govgate.cli.main import main\n"
        f"sys.exit(main(['model', 'verify', {str(model)!r}, '--key', {str(keys[1])!r}]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == 2, ran.stderr
    assert "pip install govgate[oms]" in ran.stderr


def test_what_differs_is_named_and_no_raw_bytes_are_shown(model, keys, signature):
    sign_model(model, signature, keys[0])
    (model / "MLmodel").write_text("other")
    (model / "data.bin").write_text("other")
    (model / "data/w").unlink()
    (model / "new").write_text("")
    with pytest.raises(EvidenceError) as caught:
        verify_model(model, signature, keys[1])
    said = str(caught.value)
    assert all(word in said for word in ("'MLmodel'", "'data.bin'", "data/w", "new"))
    assert "digest" not in said.lower()
    assert "\\" not in said
