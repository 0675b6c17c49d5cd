r"""A witness somewhere on the network, asked to cosign a checkpoint.

Source: C2SP tlog-witness (https://c2sp.org/tlog-witness), "add-checkpoint".

    old <size>\n<base64 of a hash>\n ...\n<empty line>\n<checkpoint>
"""

from base64 import b64encode
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

import requests

from govgate.errors import AuthorityError, ProjectError, RollbackError, StoreError, TamperedError
from govgate.ledger import Signed

_TIMEOUT_S = (10, 30)
"""To connect, and between two bytes: guards against a witness that keeps a pipeline waiting."""

_MAX_ANSWER_BYTES = 64 * 1024
"""Sixteen ML-DSA-44 lines are 53 KB. Guards against an answer without end."""

_MAX_PROOF = 63
"""Source: C2SP tlog-witness."""

_OK, _CONFLICT = 200, 409

Prove = Callable[[int], Sequence[bytes]]
"""Hashes that prove the tree of a size to be the beginning of the checkpoint's."""


class HttpWitness:
    """Client of one witness."""

    def __init__(self, url: str) -> None:
        """Name a witness.

        Args:
            url: Its submission prefix: https, or http on this very machine.

        Raises:
            ProjectError: It is neither.
        """
        parts = urlsplit(url)
        safe = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))
        if not (safe and parts.hostname) or parts.query or parts.fragment or parts.username:
            msg = f"{url!r} cannot be a witness; give its submission prefix, https://HOST/PATH"
            raise ProjectError(msg)
        self._url = f"{url.rstrip('/')}/add-checkpoint"

    def ask(self, signed: Signed, prove: Prove, old: int = 0) -> list[str]:
        """Ask for cosignatures.

        Args:
            signed: The checkpoint and its note.
            prove: Makes the consistency proof from an older size.
            old: Size the witness cosigned last, as far as is known.

        Returns:
            Signature lines, none of them verified, each ending in a newline.

        Raises:
            RollbackError: The witness has seen a larger log.
            TamperedError: The witness has seen another log of this name.
            AuthorityError: It does not know the log, or not this key of it.
            StoreError: It did not answer, or not as a witness does.
        """
        status, kind, answer = self._post(signed, prove, old)
        if status == _CONFLICT:
            told = self._told_size(kind, answer)
            self._refuse_conflict(signed, old, told)
            # Our size was merely out of date: once more, with the witness's own.
            status, kind, answer = self._post(signed, prove, told)
            if status == _CONFLICT:
                self._refuse_conflict(signed, told, self._told_size(kind, answer))
                msg = f"{self._url} keeps moving on; somebody else submits too: ask again later"
                raise StoreError(msg)
        if status != _OK:
            raise self._refused(status, signed)
        return self._lines(answer)

    def _refuse_conflict(self, signed: Signed, sent: int, told: int) -> None:
        """Tell an outdated size from a log that went back on its word.

        Raises:
            RollbackError: The witness has seen a larger log.
            TamperedError: It has seen another root at this very size.
        """
        size = signed.checkpoint.size
        if told > size:
            msg = (
                f"{self._url} has seen {told} entries of this log, which has {size} now; "
                "restore it from a copy of the ledger"
            )
            raise RollbackError(msg)
        if told == sent:
            msg = (
                f"{self._url} has seen another tree of {told} entries than this log's; it was "
                "forked: keep this checkpoint and the witness's as proof"
            )
            raise TamperedError(msg)

    def _post(self, signed: Signed, prove: Prove, old: int) -> tuple[int, str, bytes]:
        """Send one request.

        Raises:
            StoreError: No answer came, or one without end.
        """
        body = write_request(signed.note, old, prove(old) if old else ())
        try:
            with requests.post(
                self._url, data=body, timeout=_TIMEOUT_S, allow_redirects=False, stream=True
            ) as answer:
                read = b""
                for piece in answer.iter_content(4096):
                    read += piece
                    if len(read) > _MAX_ANSWER_BYTES:
                        msg = f"{self._url} answers without end; ask who runs this witness"
                        raise StoreError(msg)
                return answer.status_code, answer.headers.get("Content-Type", ""), read
        except requests.RequestException as why:
            msg = f"{self._url} did not answer ({type(why).__name__}); ask again later"
            raise StoreError(msg) from why

    def _told_size(self, kind: str, answer: bytes) -> int:
        """Read the size that a witness cosigned last.

        Raises:
            StoreError: The answer is none.
        """
        digits = answer.removesuffix(b"\n")
        number = int(digits) if digits.isdigit() and len(digits) < 20 else -1  # noqa: PLR2004 -- u64
        if kind != "text/x.tlog.size" or answer != b"%d\n" % number:
            msg = f"{self._url} refused with 409 and no size; ask who runs this witness"
            raise StoreError(msg)
        return number

    def _refused(self, status: int, signed: Signed) -> AuthorityError | TamperedError | StoreError:
        origin = signed.checkpoint.origin
        match status:
            case 404:
                return AuthorityError(
                    f"{self._url} does not know the log {origin}; give its owner the verifier key"
                )
            case 403:
                return AuthorityError(
                    f"{self._url} trusts no key that signed {origin}; give its owner the new one"
                )
            case 422:
                return TamperedError(
                    f"{self._url} holds a log {origin} that this one does not continue; it was "
                    "forked: keep this checkpoint and the witness's as proof"
                )
        return StoreError(f"{self._url} refused with {status}; ask who runs this witness")

    def _lines(self, answer: bytes) -> list[str]:
        """Split an answer into signature lines.

        Raises:
            StoreError: It is no text of whole lines.
        """
        try:
            text = answer.decode()
        except UnicodeDecodeError:
            text = ""
        if not text.endswith("\n"):
            msg = f"{self._url} answered no signature lines; ask who runs this witness"
            raise StoreError(msg)
        return [f"{line}\n" for line in text[:-1].split("\n")]


def write_request(note: bytes, old: int, proof: Sequence[bytes]) -> bytes:
    """Write the body of a request.

    Args:
        note: The checkpoint's signed note.
        old: Size the witness cosigned last.
        proof: Consistency proof, 32 bytes each; empty for an old size of 0.

    Raises:
        StoreError: The proof is longer than a witness may be sent.
    """
    if len(proof) > _MAX_PROOF:
        msg = f"a proof of {len(proof)} hashes is over {_MAX_PROOF}; witness more often"
        raise StoreError(msg)
    lines = [f"old {old}", *(b64encode(h).decode() for h in proof)]
    return "\n".join(lines).encode() + b"\n\n" + note


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
