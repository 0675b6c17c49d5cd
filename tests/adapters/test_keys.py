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


@pytest.mark.parametrize("content", [b"", b"junk", PROTECTED.encode(), b"\0" * 70_000])
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


def made(tmp_path, passphrase, kind="ssh"):
    """A key of ssh-keygen, or of openssl; with a passphrase unless it is empty."""
    path = tmp_path / "k"
    if kind == "ssh":
        words = ["-q", "-t", "ed25519", "-N", passphrase, "-C", "a b", "-f", str(path)]
        subprocess.run(["ssh-keygen", *words], check=True, timeout=30)
    else:
        words = ["-aes-256-cbc", "-pass", f"pass:{passphrase}"] if passphrase else []
        command = ["openssl", "genpkey", "-algorithm", "ed25519", *words, "-out", str(path)]
        subprocess.run(command, check=True, timeout=30, capture_output=True)
        path.chmod(0o600)
    return path


def is_sound(path):
    signer = FileSigner(path)
    Ed25519PublicKey.from_public_bytes(signer.public).verify(signer.sign(b"data"), b"data")
    return True


@needs_ssh_keygen
@pytest.mark.parametrize("kind", ["ssh", "pkcs8"])
@pytest.mark.parametrize(
    ("passphrase", "given", "said"),
    [
        ("", None, None),  # OK
        ("", "secret", None),  # OK: one is set for another key
        ("secret", "secret", None),  # OK
        ("s\u00e9cret", "s\u00e9cret", None),  # OK
        ("secret", None, "has a passphrase; set GOVGATE_KEY_PASSPHRASE"),  # NOT OK
        ("secret", "", "has a passphrase"),  # NOT OK
        ("secret", "Secret", "is wrong"),  # NOT OK
    ],
)
def test_a_protected_key_needs_its_passphrase(tmp_path, monkeypatch, kind, passphrase, given, said):
    monkeypatch.delenv("GOVGATE_KEY_PASSPHRASE", raising=False)
    if given is not None:
        monkeypatch.setenv("GOVGATE_KEY_PASSPHRASE", given)
    path = made(tmp_path, passphrase, kind)
    if said is None:
        assert is_sound(path)
    else:
        with pytest.raises(AuthorityError, match=said) as caught:
            FileSigner(path)
        assert passphrase not in str(caught.value).replace(str(path), "")


@needs_ssh_keygen
@pytest.mark.parametrize("typed", ["secret", ""])
def test_at_a_terminal_the_passphrase_is_asked_for_and_not_shown(tmp_path, typed):
    import pty
    import sys

    path = made(tmp_path, "secret")
    code = (
        "import sys; from govgate.adapters.keys import FileSigner; "
        "print(FileSigner(sys.argv[1]).public.hex())"
    )
    child, terminal = pty.fork()
    if child == 0:
        import os

        os.environ.pop("GOVGATE_KEY_PASSPHRASE", None)
        os.execv(sys.executable, [sys.executable, "-c", code, str(path)])  # noqa: S606 -- ourselves
    shown = talk(child, terminal, typed)
    assert "passphrase of" in shown
    assert "secret" not in shown
    public = read_public(path.with_suffix(".pub")).hex()
    assert (public in shown) == bool(typed)


def talk(child, terminal, typed):
    """Answer the first question of a process at a terminal, and return all it showed."""
    import os

    shown, answered = "", False
    while True:
        try:
            data = os.read(terminal, 4096)
        except OSError:  # the terminal is closed
            data = b""
        if not data:
            break
        shown += data.decode()
        if "passphrase of" in shown and not answered:
            os.write(terminal, typed.encode() + b"\n")
            answered = True
    os.close(terminal)
    os.waitpid(child, 0)
    return shown


def test_without_bcrypt_a_protected_key_says_what_to_install(tmp_path, monkeypatch):
    from cryptography.exceptions import UnsupportedAlgorithm

    def no_bcrypt(_data, password):
        raise UnsupportedAlgorithm("bcrypt") if password else TypeError

    monkeypatch.setattr("govgate.adapters.keys.load_ssh_private_key", no_bcrypt)
    monkeypatch.setenv("GOVGATE_KEY_PASSPHRASE", "x")
    path = tmp_path / "k"
    path.write_text(PROTECTED)
    path.chmod(0o600)
    with pytest.raises(AuthorityError, match="pip install bcrypt"):
        FileSigner(path)


def test_a_link_to_a_key_is_refused(path):
    link = path.with_name("link")
    link.symlink_to(path)
    with pytest.raises(AuthorityError, match="is a link"):
        FileSigner(link)


def test_what_is_no_file_is_refused(tmp_path):
    import os

    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("pipe", "."):
        with pytest.raises(AuthorityError, match=r"is no file|cannot be read"):
            FileSigner(tmp_path / name)


@pytest.mark.parametrize(
    ("mode", "accepted"),
    [
        (0o700, True),  # OK
        (0o755, True),  # OK: others see the names only
        (0o1777, True),  # OK: sticky, others cannot replace a file
        (0o770, False),  # NOT OK: the group may put another key there
        (0o703, False),  # NOT OK: everybody may
    ],
)
def test_a_key_in_a_folder_others_may_write_to_is_refused(path, mode, accepted):
    path.parent.chmod(mode)
    if accepted:
        assert is_sound(path)
    else:
        with pytest.raises(AuthorityError, match="chmod go-w"):
            FileSigner(path)


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
