"""Times that a time-stamping authority vouches for.

Source: RFC 3161; docs/spec/timestamp.md. Needs the extra `govgate[timestamps]`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from cryptography import x509

from govgate.errors import AuthorityError, ProjectError, StoreError, TamperedError

if TYPE_CHECKING:
    from types import ModuleType

_TIMEOUT_S = (10, 30)
"""To connect, and between two bytes."""

_MAX_ANSWER_BYTES = 256 * 1024
"""A token is about 1 KB, with its certificates 10 KB. Guards against an answer without end."""

_HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
"""Source: RFC 3161, section 3.4."""


def _rfc3161() -> "ModuleType":
    """Import the library late: most projects need no timestamps.

    Raises:
        ProjectError: It is not installed.
    """
    try:
        import rfc3161_client
    except ImportError as why:
        msg = "timestamps need a further package; run `pip install 'govgate[timestamps]'`"
        raise ProjectError(msg) from why
    return rfc3161_client


def request_timestamp(url: str, text: bytes, roots: Sequence[bytes]) -> tuple[bytes, datetime]:
    """Ask an authority to vouch that a text exists now.

    Args:
        url: The authority's address; http will do, for the token is signed.
        text: What is stamped; only its SHA-512 is sent.
        roots: Certificates that are trusted, PEM.

    Returns:
        The response, DER, and its time in UTC.

    Raises:
        ProjectError: The address is none, or the extra is not installed.
        StoreError: The authority did not answer.
        TamperedError: The answer is not about this request, or not by a trusted authority.
    """
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        msg = f"{url!r} is no address of a time-stamping authority; give http(s)://HOST/PATH"
        raise ProjectError(msg)
    query = _rfc3161().TimestampRequestBuilder(data=text).build()
    response = _post(url, query.as_bytes())
    return response, verify_timestamp(response, text, roots, query.nonce)


def _post(url: str, query: bytes) -> bytes:
    """Send one request.

    Raises:
        StoreError: The authority did not answer with a timestamp.
    """
    try:
        with requests.post(
            url,
            data=query,
            headers=_HEADERS,
            timeout=_TIMEOUT_S,
            allow_redirects=False,
            stream=True,
        ) as answer:
            read = b""
            for piece in answer.iter_content(4096):
                read += piece
                if len(read) > _MAX_ANSWER_BYTES:
                    break
            if answer.status_code == requests.codes.ok and len(read) <= _MAX_ANSWER_BYTES:
                return read
            msg = f"{url} answered {answer.status_code} and {len(read)} bytes; look at its address"
            raise StoreError(msg)
    except requests.RequestException as why:
        msg = f"{url} did not answer ({type(why).__name__}); ask again later"
        raise StoreError(msg) from why


def verify_timestamp(
    response: bytes, text: bytes, roots: Sequence[bytes], nonce: int | None = None
) -> datetime:
    """Verify a timestamp, offline.

    Args:
        response: RFC 3161 response, DER.
        text: What it should be about.
        roots: Certificates that are trusted, PEM; at least one.
        nonce: What was sent along, where this is the answer to a fresh request.

    Returns:
        The time the authority vouches for, in UTC.

    Raises:
        AuthorityError: A root is no certificate, or there is none.
        TamperedError: It is malformed, about another text, or not by a trusted authority.
    """
    library = _rfc3161()
    trusted = _read_roots(roots)
    try:
        token = library.decode_timestamp_response(response)
        verifier = library.VerifierBuilder(roots=trusted, nonce=nonce).build()
        holds = verifier.verify_message(token, text)
    except (ValueError, library.VerificationError) as why:
        msg = f"the timestamp does not hold ({why}); ask for another, and distrust this one"
        raise TamperedError(msg) from why
    return _time(token) if holds else _refuse()


def _refuse() -> datetime:
    msg = "the timestamp does not hold; ask for another, and distrust this one"
    raise TamperedError(msg)


def _read_roots(roots: Sequence[bytes]) -> list[x509.Certificate]:
    try:
        found = [one for pem in roots for one in x509.load_pem_x509_certificates(pem)]
    except ValueError as why:
        msg = f"a root of the time-stamping authority is no PEM certificate ({why}); name another"
        raise AuthorityError(msg) from why
    if not found:
        msg = "no time-stamping authority is trusted; name its root certificate with --root"
        raise AuthorityError(msg)
    return found


def _time(token: Any) -> datetime:
    told: datetime = token.tst_info.gen_time
    return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
