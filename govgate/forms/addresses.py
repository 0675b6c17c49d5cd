"""How a connection to an address is guarded, told from the address alone.

Source: libpq, "SSL Support" (sslmode); PyMySQL and MySQL Connector (ssl_ca, ssl_verify_identity);
Microsoft ODBC Driver 18 (Encrypt, TrustServerCertificate); RFC 6761 (localhost).
"""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from urllib.parse import SplitResult, parse_qs, urlsplit

VERIFIED, HALF, UNVERIFIED = "tls, verified", "tls, host not verified", "tls, not verified"
PLAIN, LOOPBACK, FILE, UNKNOWN = "plain", "loopback", "file", "unknown"

_YES, _NO = {"true", "1", "yes", "on"}, {"false", "0", "no", "off", ""}
_SSLMODES = {"verify-full": VERIFIED, "verify-ca": HALF, "require": UNVERIFIED}
_WORST_FIRST = (UNKNOWN, PLAIN, UNVERIFIED, HALF, VERIFIED)
_Query = Mapping[str, Sequence[str]]


def how_guarded(uri: str) -> str:
    """Tell how a connection to an address is guarded.

    Args:
        uri: As MLflow, Prefect, SQLAlchemy or boto3 take it; credentials in it go nowhere.

    Returns:
        "tls, verified", "tls, host not verified", "tls, not verified", "plain", "loopback",
        "file", or "unknown" where readers of the address could differ about it.
    """
    parts = _split(uri)
    if parts is None:
        return UNKNOWN
    family = _family(parts)
    if family in {"", "file", "sqlite"}:
        return FILE if not parts.netloc else UNKNOWN
    if family in {"http", "https"}:
        guarded = VERIFIED if family == "https" else PLAIN
        return LOOPBACK if _is_here([parts.hostname or ""]) else guarded
    query = parse_qs(parts.query, keep_blank_values=True)
    named = [*query.get("host", ()), *query.get("hostaddr", ())]
    if _is_here(named or [parts.hostname or ""]):
        return LOOPBACK
    return {"postgresql": _postgresql, "mysql": _mysql, "mssql": _mssql}.get(family, _unknown)(
        query
    )


def without_secrets(uri: str) -> str:
    """Say an address for people: its scheme and host, and nothing that could be a secret."""
    parts = _split(uri)
    if parts is None:
        return "an address that cannot be read"
    family = _family(parts)
    if family in {"", "file", "sqlite"}:
        return f"{family or 'file'}, {parts.path}" if not parts.netloc else family
    return f"{family}://{parts.hostname or ''}"


def _split(uri: str) -> SplitResult | None:
    """Take an address apart; None where another reader could find another host in it."""
    if not re.fullmatch(r"[!-~]+", uri) or "\\" in uri:
        return None
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    # SQLAlchemy's host begins behind the first @, urllib's never behind a slash.
    return None if "@" in parts.path or parts.netloc.count("@") > 1 else parts


def _family(parts: SplitResult) -> str:
    family = parts.scheme.removeprefix("govgate+").partition("+")[0]
    return "postgresql" if family == "postgres" else family


def _is_here(hosts: Sequence[str]) -> bool:
    return all(_is_loopback(host) for host in hosts)


def _is_loopback(host: str) -> bool:
    if host.startswith("/") or host == "localhost":
        return True  # a socket in a folder
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _worst(found: Sequence[str], otherwise: str) -> str:
    return min(found, key=_WORST_FIRST.index, default=otherwise)


def _postgresql(query: _Query) -> str:
    # Without a mode libpq takes "prefer", which goes on in clear when the server says so.
    return _worst([_SSLMODES.get(mode, PLAIN) for mode in query.get("sslmode", ())], PLAIN)


def _mysql(query: _Query) -> str:
    if not any(query.get("ssl_ca", ())):
        return PLAIN
    names = [v.lower() for v in query.get("ssl_verify_identity", ())]
    return VERIFIED if names and all(name in _YES for name in names) else HALF


def _mssql(query: _Query) -> str:
    said = {name.lower(): [v.lower() for v in values] for name, values in query.items()}
    for text in said.pop("odbc_connect", ()):
        for word in text.split(";"):
            name, _, value = word.partition("=")
            said.setdefault(name.strip(), []).append(value.strip())
    wanted = said.get("encrypt", ["no"])
    if not all(word in {*_YES, "strict", "mandatory"} for word in wanted):
        return PLAIN
    trusted = said.get("trustservercertificate", ["no"])
    return VERIFIED if all(word in _NO for word in trusted) else UNVERIFIED


def _unknown(query: _Query) -> str:  # noqa: ARG001 -- as its neighbours
    return UNKNOWN
