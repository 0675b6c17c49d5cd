import shutil
import stat
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from govgate.adapters.keys import FileSigner, create_key, read_public
from govgate.errors import AuthorityError, ProjectError, StoreError

LINE = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti "
    "user@example.com"
)
PROTECTED = """\
-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABBFSp//PROT
-----END OPENSSH PRIVATE KEY-----
"""


@pytest.fixture
def path(tmp_path):
    create_key(tmp_path / "gate", "gate@credit")
    return tmp_path / "gate"


def test_a_new_key_signs_and_its_public_half_verifies(path):
    signer = FileSigner(path)
    public = read_public(path.with_suffix(".pub"))
    assert signer.public == public
    Ed25519PublicKey.from_public_bytes(public).verify(signer.sign(b"data"), b"data")


def test_a_new_private_half_is_for_its_owner_alone(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.with_suffix(".pub").read_text().endswith(" gate@credit\n")


def test_a_key_is_never_overwritten(path):
    before = path.read_bytes(), path.with_suffix(".pub").read_bytes()
    with pytest.raises(ProjectError, match="exists"):
        create_key(path, "again")
    assert before == (path.read_bytes(), path.with_suffix(".pub").read_bytes())


@pytest.mark.parametrize("comment", ["two\nlines", "a\0b"])
def test_a_comment_is_one_line(tmp_path, comment):
    with pytest.raises(ProjectError, match="one line"):
        create_key(tmp_path / "k", comment)


def test_a_key_cannot_be_made_where_there_is_no_folder(tmp_path):
    with pytest.raises(StoreError, match="folder"):
        create_key(tmp_path / "no" / "k", "c")


@pytest.mark.parametrize(
    ("mode", "accepted"),
    [
        (0o600, True),  # OK
        (0o400, True),  # OK: narrower
        (0o640, False),  # NOT OK: the group may read
        (0o604, False),  # NOT OK: everybody may
        (0o610, False),  # NOT OK: any bit for others
    ],
)
def test_a_key_open_to_others_is_refused(path, mode, accepted):
    path.chmod(mode)
    if accepted:
        assert FileSigner(path).public
    else:
        with pytest.raises(AuthorityError, match="chmod 600"):
            FileSigner(path)


def test_a_missing_key_is_said_to_be_missing(tmp_path):
    with pytest.raises(AuthorityError, match="cannot be read"):
        FileSigner(tmp_path / "none")


@pytest.mark.parametrize("content", [b"", b"junk", PROTECTED.encode()])
def test_what_is_no_key_is_refused(tmp_path, content):
    path = tmp_path / "k"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(AuthorityError, match=r"OpenSSH private key|passphrase"):
        FileSigner(path)


def test_another_type_of_key_is_refused(tmp_path):
    key = generate_private_key(SECP256R1())
    path = tmp_path / "k"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    path.chmod(0o600)
    with pytest.raises(AuthorityError, match="Ed25519"):
        FileSigner(path)
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    with pytest.raises(AuthorityError, match="ssh-ed25519"):
        read_public(line)


needs_ssh_keygen = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="no ssh-keygen")


@needs_ssh_keygen
@pytest.mark.parametrize("passphrase", ["", "secret"])
def test_keys_of_ssh_keygen_are_read_unless_they_have_a_passphrase(tmp_path, passphrase):
    path = tmp_path / "k"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "a b", "-f", str(path)]
    subprocess.run(command, check=True, timeout=30)
    public = read_public(path.with_suffix(".pub"))
    if passphrase:
        with pytest.raises(AuthorityError, match="passphrase"):
            FileSigner(path)
    else:
        assert FileSigner(path).public == public


@needs_ssh_keygen
def test_ssh_keygen_reads_our_keys(path):
    command = ["ssh-keygen", "-y", "-f", str(path)]
    shown = subprocess.run(command, check=True, timeout=30, capture_output=True, text=True).stdout
    assert read_public(shown) == FileSigner(path).public


@pytest.mark.parametrize("line", [LINE, LINE.rsplit(" ", 1)[0], LINE + "\n"])
def test_a_public_line_is_read_with_or_without_its_comment(line):
    assert len(read_public(line)) == 32


@pytest.mark.parametrize("line", ["", "ssh-ed25519", "ssh-ed25519 AAAA x", "junk", LINE[4:]])
def test_what_is_no_public_line_is_refused(line):
    with pytest.raises(AuthorityError, match="pub half"):
        read_public(line)


def test_a_missing_public_half_is_said_to_be_missing(tmp_path):
    with pytest.raises(AuthorityError, match="cannot be read"):
        read_public(tmp_path / "none.pub")
