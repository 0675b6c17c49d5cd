"""Every form, made by the real tool where there is one, and by its specification where not."""

import base64
import gzip
import hashlib
import io
import pickle
import shutil
import sqlite3
import struct
import subprocess
import tarfile
import zipfile

import numpy as np
import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st

from govgate.forms.look_alike import FEWEST_BYTES, chi_square, looks_random
from govgate.forms.name import name_form

TEXT = b"name,income\n" + b"Ada Lovelace,1815\nCharles Babbage,1791\n" * 400


def noise(size):
    """Bytes like ciphertext, the same each time."""
    return hashlib.shake_256(b"noise").digest(size)


def form_of(data):
    return name_form(lambda at, size: data[at : at + size], len(data))


def zipped(*files, flag=0, method=None):
    """A ZIP whose entries say what they are told to; nobody unpacks it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in files:
            archive.writestr(name, TEXT)
    data = bytearray(file.getvalue())
    at = data.find(b"PK\x01\x02")
    while at >= 0 and flag:
        data[at + 8] |= flag
        if method is not None:
            data[at + 10 : at + 12] = struct.pack("<H", method)
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def age(body, end=b""):
    stanza = b"-> X25519 " + b"A" * 43 + b"\n" + b"B" * 43 + b"\n"
    return b"age-encryption.org/v1\n" + stanza + b"--- " + b"C" * 43 + b"\n" + body + end


def armoured(data, what=b"AGE ENCRYPTED FILE"):
    text = b"\n".join(base64.b64encode(data)[i : i + 64] for i in range(0, len(data) * 2, 64))
    return b"-----BEGIN " + what + b"-----\n" + text.rstrip() + b"\n-----END " + what + b"-----\n"


def packet(tag, body, *, old=False, partial=False):
    if old:
        return bytes([0x80 | tag << 2 | 1]) + struct.pack(">H", len(body)) + body
    if partial:
        return bytes([0xC0 | tag, 0xE9]) + body[:512] + bytes([0xFF]) + body[512:]
    return bytes([0xC0 | tag, 0xFF]) + struct.pack(">I", len(body)) + body


ESK = packet(3, b"\x04\x09\x03\x08saltsalt\x60")
PKESK = packet(1, b"\x03" + b"keyid123" + b"\x01" + noise(258), old=True)
SEIPD = packet(18, b"\x01" + noise(3000))


def key(kind, protection=None, encoding=serialization.Encoding.PEM):
    made = (
        ed25519.Ed25519PrivateKey.generate()
        if kind is not serialization.PrivateFormat.TraditionalOpenSSL
        else ec.generate_private_key(ec.SECP256R1())
    )
    return made.private_bytes(encoding, kind, protection or serialization.NoEncryption())


LOCKED = serialization.BestAvailableEncryption(b"pass phrase")
FORMATS = serialization.PrivateFormat


def database():
    with sqlite3.connect(":memory:") as made:
        made.execute("CREATE TABLE t (x)")
        return made.serialize()


def tarred():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"))
    return file.getvalue()


def array():
    file = io.BytesIO()
    np.save(file, np.arange(100))
    return file.getvalue()


def seven(header):
    head = b"7z\xbc\xaf\x27\x1c\0\4" + b"\0" * 4 + struct.pack("<2QL", 10, len(header), 0)
    return head + noise(10) + header


def office(name):
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 22 + struct.pack("<H", 9)
    head = head.ljust(48, b"\0") + struct.pack("<L", 0)
    return head.ljust(512, b"\0") + name.encode("utf-16-le").ljust(512, b"\0")


FORMS = [
    ("empty", b""),
    ("text", TEXT),
    ("json", b'{"name": "Ada"}'),
    ("json", b' [1, 2, "\xc3\xa9"]'),
    ("pickle", pickle.dumps({"a": 1})),
    ("npy", array()),
    ("gzip", gzip.compress(noise(5000))),
    ("zstd", b"\x28\xb5\x2f\xfd" + noise(5000)),
    ("tar", tarred()),
    ("sqlite", database()),
    ("parquet", b"PAR1....PAR1"),
    ("parquet", noise(5000) + b"PARE"),
    ("random-looking", noise(5000)),
    ("random-looking", base64.b64encode(noise(5000))),
    ("random-looking", base64.urlsafe_b64encode(noise(5000))),
    ("unknown", noise(FEWEST_BYTES - 1)),  # too few to say
    ("unknown", b"\0\1\2\3" * 1000),
    ("text", base64.b64encode(TEXT)),
    ("age", age(noise(5000))),
    ("age", armoured(age(noise(5000)))),
    ("age, broken", age(TEXT)),  # a header that anybody can write
    ("age, broken", armoured(TEXT)),
    ("text", b"age-encryption.org/v1\n" + TEXT),  # no reader, no MAC
    ("openpgp", ESK + SEIPD),
    ("openpgp", PKESK + ESK + SEIPD),
    ("openpgp", ESK + packet(18, b"\x02" + noise(3000), partial=True)),
    ("openpgp", ESK + packet(20, b"\x01" + noise(3000))),
    ("openpgp", b"-----BEGIN PGP MESSAGE-----\n\n" + base64.encodebytes(ESK + SEIPD) + b"=AAAA\n"),
    ("unknown", ESK + packet(11, b"b\0\0\0\0\0" + TEXT)),  # a literal, in clear
    ("unknown", ESK + packet(18, b"\x07" + TEXT)),  # no such version
    ("openpgp, broken", ESK + packet(18, b"\x01" + TEXT)),
    ("text", b"-----BEGIN PGP MESSAGE-----\n\n" + base64.encodebytes(packet(11, TEXT))),
    ("fernet", Fernet(Fernet.generate_key()).encrypt(TEXT)),
    ("fernet", Fernet(Fernet.generate_key()).encrypt(b"x") + b"\n"),
    ("fernet, broken", b"gAAAAA" + base64.urlsafe_b64encode(b"plain" * 30)),
    ("openssl", b"Salted__saltsalt" + noise(5000)),
    ("openssl", base64.b64encode(b"Salted__saltsalt" + noise(5000))),
    ("openssl, broken", b"Salted__saltsalt" + TEXT),
    ("luks1", b"LUKS\xba\xbe\0\1" + b"\0" * 600),
    ("luks2", b"LUKS\xba\xbe\0\2" + b"\0" * 600),
    ("unknown", b"LUKS\xba\xbe\0\3" + b"\0" * 600),
    ("zip", zipped("a", "b")),
    ("zip, zipcrypto", zipped("a", "b", flag=1)),
    ("zip, aes", zipped("a", "b/", "c", flag=1, method=99)),
    ("zip, broken", zipped("a")[:-5]),
    ("7z, aes", seven(b"\x17\x06\x01" + b"\x24\x06\xf1\x07\x01\x12")),
    ("7z", seven(b"\x01\x04" + b"\x24\x06\xf1\x07\x01")),  # names of files in clear
    ("7z, broken", seven(b"\x01" * 50)[:-1]),
    ("pdf", b"%PDF-1.7\ntrailer << /Root 1 0 R >>\n%%EOF"),
    ("pdf, encrypted", b"%PDF-1.7\ntrailer << /Root 1 0 R /Encrypt 9 0 R >>\n%%EOF"),
    ("office, encrypted", office("EncryptedPackage")),
    ("ole", office("WordDocument")),
    ("key, in clear", key(FORMATS.PKCS8)),
    ("key, encrypted", key(FORMATS.PKCS8, LOCKED)),
    ("key, in clear", key(FORMATS.OpenSSH)),
    ("key, encrypted", key(FORMATS.OpenSSH, LOCKED)),
    ("key, in clear", key(FORMATS.TraditionalOpenSSL)),
    ("key, encrypted", key(FORMATS.TraditionalOpenSSL, LOCKED)),
]


@pytest.mark.parametrize(
    ("form", "data"), FORMS, ids=[f"{i}-{f}" for i, (f, _) in enumerate(FORMS)]
)
def test_a_form_is_told_from_bytes_alone(form, data):
    assert form_of(data) == form


def test_a_zip_with_one_file_in_clear_is_not_an_encrypted_one():
    data = bytearray(zipped("a", "b", flag=1, method=99))
    data[data.find(b"PK\x01\x02") + 8] = 0
    assert form_of(bytes(data)) == "zip"


@pytest.mark.parametrize("words", [(), ("--armor",)])
def test_gnupg_writes_what_is_called_openpgp(tmp_path, words):
    if not shutil.which("gpg"):
        pytest.skip("gpg is not here")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    command = ["gpg", "--homedir", home, "--batch", "--pinentry-mode", "loopback", *words]
    command += ["--passphrase", "secret", "--symmetric", "--s2k-count", "1024"]
    try:
        done = subprocess.run(
            command, input=noise(5000), capture_output=True, check=True, timeout=60
        )
        signed = ["gpg", "--homedir", home, "--batch", *words, "--store"]
        stored = subprocess.run(signed, input=TEXT, capture_output=True, check=True, timeout=60)
    finally:
        end = ["gpgconf", "--homedir", home, "--kill", "all"]
        subprocess.run(end, capture_output=True, check=False, timeout=60)
    assert form_of(done.stdout) == "openpgp"
    assert not form_of(stored.stdout).startswith("openpgp")


@pytest.mark.parametrize("words", [(), ("-a",)])
def test_openssl_writes_what_is_called_openssl(words):
    if not shutil.which("openssl"):
        pytest.skip("openssl is not here")
    command = ["openssl", "enc", "-aes-256-cbc", "-pbkdf2", "-iter", "1", "-pass", "pass:x", *words]
    done = subprocess.run(command, input=TEXT, capture_output=True, check=True, timeout=60)
    assert form_of(done.stdout) == "openssl"


def test_a_large_file_is_read_at_its_ends_and_in_its_middle_alone():
    data, reads = noise(4 << 20), []

    def read(at, size):
        reads.append((at, size))
        return data[at : at + size]

    assert name_form(read, len(data)) == "random-looking"
    assert len(reads) == 3
    assert sum(size for _, size in reads) <= 2 << 20


def test_chance_and_packing_are_told_apart():
    million = noise(1 << 20)
    assert 180 <= chi_square(million) <= 340
    assert chi_square(gzip.compress(TEXT * 3000)[:40_000]) > 340
    assert looks_random(bytes(range(256)) * 100) is False  # too even to be chance
    assert looks_random(b"") is None


@given(st.binary(max_size=600), st.sampled_from([data[:300] for _, data in FORMS]))
def test_no_bytes_break_the_reader(data, start):
    assert form_of(data)
    assert form_of(start + data)


@pytest.mark.parametrize("data", [data for _, data in FORMS if len(data) < 6000])
def test_a_file_cut_anywhere_has_a_form_too(data):
    for kept in range(min(len(data), 700)):
        assert form_of(data[:kept])
