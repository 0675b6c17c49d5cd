"""Files that are encrypted as a whole, told by their structure and not by their names.

Source: age-encryption.org/v1; Fernet spec (0x80, time, IV, ciphertext, HMAC); OpenSSL `enc`
(Salted__ and salt); LUKS1 and LUKS2 on-disk formats; RFC 5958 and 7468 (keys); PROTOCOL.key of
OpenSSH.
"""

import base64
import binascii
import re

from govgate.forms.look_alike import looks_random
from govgate.forms.openpgp import is_openpgp

_AGE = re.compile(
    rb"age-encryption\.org/v1\n(?:-> [^\n]+\n(?:[A-Za-z0-9+/]*\n)+)+--- [A-Za-z0-9+/]{43}\n"
)
_AGE_ARMOUR = re.compile(rb"-----BEGIN AGE ENCRYPTED FILE-----\r?\n([A-Za-z0-9+/=\r\n]+)")
_FERNET = re.compile(rb"gAAAAA[A-Za-z0-9_-]+={0,2}\s*")
_FERNET_FRAME_BYTES, _BLOCK_BYTES = 1 + 8 + 16 + 32, 16
_KEY = re.compile(rb"-----BEGIN ((?:[A-Z]+ )*)PRIVATE KEY-----\r?\n")
_OPENSSH = b"openssh-key-v1\0"


def name_sealed(head: bytes, size_bytes: int) -> str:
    """Name the form of a file that is encrypted as a whole.

    Args:
        head: Its first 64 KiB, or all of it.
        size_bytes: Of the whole file.

    Returns:
        Such as "age"; "age, broken" where what should be ciphertext is not, "" for another form.
    """
    for name in (_age, _openpgp, _fernet, _openssl):
        if form := name(head, size_bytes):
            return form
    if head.startswith(b"LUKS\xba\xbe\0") and head[7:8] in {b"\1", b"\2"}:
        return f"luks{head[7]}"
    return ""


def _age(head: bytes, size_bytes: int) -> str:  # noqa: ARG001 -- as its neighbours
    if found := _AGE.match(head):
        return _checked("age", head[found.end() :])
    if found := _AGE_ARMOUR.match(head):
        return "age" if _AGE.match(_decoded(found[1])) else "age, broken"
    return ""


def _openpgp(head: bytes, size_bytes: int) -> str:
    if not is_openpgp(head, size_bytes):
        return ""
    # The keys of the readers come first; what the session key locks is in the second half.
    return _checked("openpgp", b"" if head.startswith(b"-----") else head[len(head) // 2 :])


def _openssl(head: bytes, size_bytes: int) -> str:  # noqa: ARG001 -- as its neighbours
    if head.startswith(b"Salted__"):
        return _checked("openssl", head[16:])
    return _checked("openssl", _decoded(head)[16:]) if head.startswith(b"U2FsdGVkX1") else ""


def name_key(head: bytes) -> str:
    """Name the form of a private key in PEM: "key, encrypted", "key, in clear", or ""."""
    if not (found := _KEY.search(head)):
        return ""
    kind, rest = found[1].decode(), head[found.end() :]
    if kind == "OPENSSH ":
        data = _decoded(rest.partition(b"-----")[0])[len(_OPENSSH) :]
        cipher = data[4 : 4 + int.from_bytes(data[:4], "big")]
        return "key, in clear" if cipher in {b"none", b""} else "key, encrypted"
    # The older form keeps its cipher in headers of its own.
    locked = kind == "ENCRYPTED " or rest.startswith(b"Proc-Type: 4,ENCRYPTED")
    return "key, encrypted" if locked else "key, in clear"


def _checked(form: str, ciphertext: bytes) -> str:
    """Anybody can write a header: where there is enough behind it, it must look like chance."""
    return f"{form}, broken" if looks_random(ciphertext) is False else form


def _fernet(head: bytes, size_bytes: int) -> str:
    """By its alphabet and length: the version byte and the high bytes of the time are gAAAAA."""
    if not _FERNET.fullmatch(head):
        return ""
    token = head.rstrip()
    padding = len(token) - len(token.rstrip(b"="))
    cipher = (size_bytes - len(head) + len(token) - padding) * 3 // 4 - _FERNET_FRAME_BYTES
    whole = len(head) == size_bytes
    right = cipher > 0 and (cipher % _BLOCK_BYTES == 0 or not whole)
    return _checked("fernet", _decoded(token, b"-_")[25:]) if right else "fernet, broken"


def _decoded(text: bytes, others: bytes = b"+/") -> bytes:
    """Decode base64 as far as whole groups go; b"" where it is none."""
    plain = re.sub(rb"\s", b"", text).rstrip(b"=")
    plain += b"A" * (-len(plain) % 4) if len(plain) % 4 != 1 else b""
    try:
        return base64.b64decode(plain[: len(plain) // 4 * 4], altchars=others, validate=True)
    except binascii.Error:
        return b""
