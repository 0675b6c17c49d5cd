#!/usr/bin/env python3
"""Verify govgate evidence with nothing but Python: a bundle, or a whole ledger.

    verify.py BUNDLE.zip --trust trust.json
    verify.py --log FOLDER --trust trust.json

It needs Python 3.8 or newer, and nothing else: no govgate, no package, no network. Take the
trust file, and this program, from somebody you trust and never from the bundle.

Ends with 0 it holds, 1 tampered with, 2 something is missing, 3 not trusted, or used wrongly.

Source: docs/spec/bundle.md and docs/spec/verify.md, written anew from these pages and sharing
no code with govgate; RFC 8032, RFC 8785, RFC 9162; C2SP signed-note, tlog-tiles, tlog-proof;
DSSE 1.0.2; in-toto Statement v1.
"""

from __future__ import annotations

import argparse
import base64
import decimal
import functools
import hashlib
import json
import os
import re
import sys
import zipfile
from typing import Any, Dict, Iterable, Iterator, NamedTuple, NoReturn

TAMPERED, MISSING, UNTRUSTED = 1, 2, 3

SPEC = "https://govgate.readthedocs.io/spec/"
SERVICE_KINDS = {
    *("evidence/v1", "decision/v1", "promotion/v1", "policy/v1", "spool-flush/v1", "attachment/v1")
}
HUMAN_KINDS = {"sign-off/v1", "waiver/v1", "adoption/v1", "erasure/v1"}

MAX_MEMBERS = 200_000
MAX_MEMBER_BYTES = 256 * 1024 * 1024
MAX_TOTAL_BYTES = 2 * 1024 * 1024 * 1024
MAX_RATIO = 100
"""A bundle is written uncompressed; whoever packs it again gains far less than this."""

FILES, PERSONAL = "files/", "personal/"
"""Members below may be of any size: they must be stored as they are, and are read in pieces."""

READ_BYTES = 1024 * 1024
COMMITMENT = b"govgate evidence commitment v1\n"


class Problem(Exception):  # noqa: N818 -- it is collected and reported, not handled
    """One thing that is wrong: its exit code, and a sentence."""

    def __init__(self, code: int = TAMPERED, text: str = "") -> None:
        """Keep both."""
        super().__init__(code, text)
        self.code, self.text = code, text


class Unknown(Problem):
    """An entry that no trusted key signed, and the keys it names."""

    def __init__(self, text: str, keyids: list[str]) -> None:
        """It is nobody's, until a person with the role key-admin says so."""
        super().__init__(UNTRUSTED, text)
        self.keyids = keyids


class Disowned(Problem):
    """An entry that is nobody's: in a whole log noted, and no problem."""


def fail(code: int, text: str) -> NoReturn:
    """Give up one step of the verification."""
    raise Problem(code, text)


# Ed25519. Source: RFC 8032, section 5.1. Points are (X, Y, Z, T), x = X/Z, y = Y/Z, T = XY/Z.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)
WINDOW = 4
SPKI = bytes.fromhex("302a300506032b6570032100")


def point_of(data: bytes) -> tuple[int, int, int, int] | None:
    """Decode 32 bytes, or None where they are no point of the curve."""
    number = int.from_bytes(data, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def add(p: tuple[int, ...], q: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Add two points."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


@functools.lru_cache(maxsize=256)
def multiples(encoded: bytes) -> list[list[tuple[int, int, int, int]]] | None:
    """Tabulate m * 16**w * point for every window w; None where it is no point."""
    base = point_of(encoded)
    if base is None:
        return None
    table = []
    for _ in range(0, 256, WINDOW):
        row = [NEUTRAL]
        for _ in range((1 << WINDOW) - 1):
            row.append(add(row[-1], base))
        table.append(row)
        base = add(row[-1], base)
    return table


def times(scalar: int, encoded: bytes) -> tuple[int, int, int, int] | None:
    """Multiply a point that was tabulated."""
    table, total = multiples(encoded), NEUTRAL
    if table is None:
        return None
    for row in table:
        total = add(total, row[scalar & 15])
        scalar >>= WINDOW
    return total


GENERATOR = (4 * pow(5, P - 2, P) % P).to_bytes(32, "little")


def ed25519_ok(public: bytes, message: bytes, signature: bytes) -> bool:
    """Verify a signature: the encoding of S*B - k*A is R."""
    if len(public) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= ORDER:
        return False
    hashed = hashlib.sha512(signature[:32] + public + message).digest()
    k = int.from_bytes(hashed, "little") % ORDER
    left, right = times(s, GENERATOR), times(ORDER - k, public)
    if left is None or right is None:
        return False
    x, y, z, _ = add(left, right)
    inverse = pow(z, P - 2, P)
    encoded = y * inverse % P | (x * inverse % P & 1) << 255
    return encoded.to_bytes(32, "little") == signature[:32]


# Bytes and JSON.


def sha(*parts: bytes) -> bytes:
    """Hash with SHA-256."""
    return hashlib.sha256(b"".join(parts)).digest()


def unbase64(text: Any) -> bytes:
    """Read base64 that has its one spelling."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("base64 with spare bits")
    return data


def parse(data: bytes) -> Any:
    """Read JSON; every number is a double, as RFC 8785 has it."""
    return json.loads(data.decode(), parse_int=float)


def number(value: float) -> str:
    """Write a double as ECMAScript does. Source: RFC 8785, section 3.2.2.3."""
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 -- NaN
        raise ValueError("a number that JSON has not")
    if value == 0:
        return "0"
    parts = decimal.Decimal(repr(value)).normalize().as_tuple()
    digits, minus = "".join(map(str, parts.digits)), "-" * parts.sign
    point = len(digits) + int(parts.exponent)
    if len(digits) <= point <= 21:
        return minus + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return minus + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return minus + "0." + "0" * -point + digits
    fraction = "." + digits[1:] if len(digits) > 1 else ""
    return "%s%s%se%+d" % (minus, digits[0], fraction, point - 1)


def canonical_text(value: Any) -> str:
    """Write JSON in its one spelling. Source: RFC 8785."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return number(float(value))
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical_text, value)) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(canonical_text(n) + ":" + canonical_text(value[n]) for n in names) + "}"


def canonical(value: Any) -> bytes:
    """Write JSON as the bytes that are hashed."""
    return canonical_text(value).encode()


def digest(value: Any) -> str:
    """Name a JSON value by its content."""
    return "sha256:" + sha(canonical(value)).hex()


def exact(data: bytes, what: str) -> Any:
    """Read JSON that must be in its one spelling."""
    try:
        value = parse(data)
        if canonical(value) == data:
            return value
    except (ValueError, RecursionError):
        pass
    fail(TAMPERED, what + " is not JSON in its one spelling")


# The tree. Source: RFC 9162, section 2.1.


def leaf_of(entry: bytes) -> bytes:
    """Hash an entry."""
    return sha(b"\0", entry)


def node(left: bytes, right: bytes) -> bytes:
    """Hash two children."""
    return sha(b"\1", left, right)


def is_included(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Follow an inclusion proof. Source: RFC 9162, section 2.1.3.2."""
    fn, sn, running = index, size - 1, leaf
    if index >= size:
        return False
    for sibling in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            running = node(sibling, running)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            running = node(running, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and running == root


def is_consistent(old: Head, new: Head, path: list[bytes]) -> bool:
    """Follow a consistency proof. Source: RFC 9162, section 2.1.4.2."""
    if old.size in (0, new.size):
        return not path and old.root == (sha() if old.size == 0 else new.root)
    if old.size > new.size or not path:
        return False
    fn, sn = old.size - 1, new.size - 1
    path = ([old.root] if old.size & fn == 0 else []) + path
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            first, second = node(sibling, first), node(sibling, second)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node(second, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and first == old.root and second == new.root


class Tree:
    """The roots of all full subtrees: `rows[k][i]` is that of leaves i*2**k to (i+1)*2**k."""

    def __init__(self) -> None:
        """Start empty."""
        self.rows: list[list[bytes]] = [[]]
        self.ends = {0}
        """Sizes at which a commit ended."""

    def append(self, leaf: bytes) -> None:
        """Add one leaf."""
        self.rows[0].append(leaf)
        height = 0
        while len(self.rows[height]) % 2 == 0:
            if len(self.rows) == height + 1:
                self.rows.append([])
            self.rows[height + 1].append(node(*self.rows[height][-2:]))
            height += 1

    def root(self, size: int) -> bytes:
        """Root of the first `size` leaves."""
        running = b""
        for height, row in enumerate(self.rows):
            if size >> height & 1:
                left = row[(size >> height) - 1]
                running = node(left, running) if running else left
        return running or sha()

    def tile(self, level: int, n: int, width: int) -> list[bytes]:
        """Hashes of one tile, as many of `width` as there are."""
        row = self.rows[8 * level] if 8 * level < len(self.rows) else []
        return row[256 * n : 256 * n + width]


# Checkpoints, and whom to believe.


class Head(NamedTuple):
    """How large a log is, and what it hashes to."""

    size: int
    root: bytes


class Checkpoint(NamedTuple):
    """A head that a trusted log key signed."""

    origin: str
    head: Head
    text: str
    signatures: list[tuple[str, bytes]]


def read_vkey(vkey: str, kind: int) -> tuple[str, bytes, bytes]:
    """Take a verifier key apart into name, key id and public key."""
    name, _, rest = vkey.partition("+")
    keyid, _, encoded = rest.partition("+")
    raw = unbase64(encoded)
    if len(raw) != 33 or raw[0] != kind or sha(name.encode() + b"\n", raw)[:4].hex() != keyid:
        raise ValueError("not a verifier key: " + vkey)
    return name, bytes.fromhex(keyid), raw[1:]


def read_log_key(line: str) -> tuple[tuple[str, bytes], bytes, int | None]:
    """Take a log key apart: its name and key id, its public key, the last size it counts at."""
    vkey, ends, last = line.partition(" until ")
    if ends and not re.fullmatch("0|[1-9][0-9]{0,19}", last):
        raise ValueError("not an end of a log key: " + line)
    name, keyid, public = read_vkey(vkey, 1)
    return (name, keyid), public, int(last) if ends else None


TRUST_FIELDS = {
    *("origins", "log_vkeys", "witness_vkeys", "witness_quorum", "pinned", "signers", "tsa_roots")
}
SIGNER_FIELDS = {
    *("keyid", "ed25519", "name", "role", "predicateTypes", "validFromIndex", "revokedAtIndex")
}


class Trust:
    """The auditor's trust file: every field, and no other. Source: docs/spec/trust.md."""

    def __init__(self, fields: dict[str, Any]) -> None:
        """Check that every key is what it is called."""
        self.origins = [str(o) for o in fields["origins"]]
        self.log_vkeys = [str(v) for v in fields["log_vkeys"]]
        self.logs = {k: (public, last) for k, public, last in map(read_log_key, self.log_vkeys)}
        cosigners = [v for v in fields["witness_vkeys"] if self.is_ed25519(v)]
        self.witnesses = {read_vkey(v, 4)[:2]: read_vkey(v, 4)[2] for v in cosigners}
        self.unknown_witnesses = len(fields["witness_vkeys"]) - len(cosigners)
        self.quorum = int(fields["witness_quorum"])
        self.pinned = [Head(int(p["size"]), unbase64(p["root"])) for p in fields["pinned"]]
        self.timed = bool(fields["tsa_roots"])
        self.signers = {s["keyid"]: self.signer(s) for s in fields["signers"]}
        if set(fields) != TRUST_FIELDS or len(self.signers) != len(fields["signers"]):
            raise ValueError("a field is unknown, or a key id stands twice")
        if len(self.logs) != len(self.log_vkeys):
            raise ValueError("a log key stands twice")
        if not self.logs or set(self.origins) != {name for name, _ in self.logs}:
            raise ValueError("origins are not the names of log_vkeys")

    @staticmethod
    def signer(fields: dict[str, Any]) -> dict[str, Any]:
        """Check one signer, and add its public key and the kinds it may sign."""
        public, kinds = unbase64(fields["ed25519"]), fields["predicateTypes"]
        if set(fields) != SIGNER_FIELDS or fields["role"] not in {"service", "human"}:
            raise ValueError("a field of a signer is unknown, or its role is")
        if sha(SPKI, public).hex() != fields["keyid"]:
            raise ValueError("the key id of %s is of another key" % fields["name"])
        if not all(kind.startswith(SPEC) for kind in kinds):
            raise ValueError("%s signs what is no kind of govgate" % fields["name"])
        return {**fields, "public": public, "kinds": {kind[len(SPEC) :] for kind in kinds}}

    @staticmethod
    def is_ed25519(vkey: str) -> bool:
        """Tell a cosigner of type 4 from those this program cannot verify."""
        return unbase64(vkey.split("+", 2)[2])[:1] == b"\4"

    def had_ended(self, keyid: str, index: int) -> bool:
        """Tell whether a key counted no more at this place in the log."""
        last = self.signers[keyid]["revokedAtIndex"]
        return last is not None and last <= index

    def may_sign(self, keyid: str, kind: str, actor: dict[str, Any], index: int) -> bool:
        """Tell whether a key is this actor's, for this kind, at this place in the log."""
        signer = self.signers[keyid]
        last = signer["revokedAtIndex"]
        held = signer["validFromIndex"] <= index and (last is None or index < last)
        ours = (signer["role"], signer["name"]) == (actor["kind"], actor["id"])
        return bool(held and ours and kind in signer["kinds"])


def read_trust(path: str) -> Trust:
    """Read the trust file."""
    try:
        with open(path, "rb") as file:
            return Trust(json.loads(file.read().decode()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as why:
        fail(UNTRUSTED, "%s is no trust file (%s: %s)" % (path, type(why).__name__, why))


def read_note(data: bytes, name: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Take a signed note apart. Source: C2SP signed-note."""
    try:
        note = data.decode()
        text, blank, block = note.rpartition("\n\n")
        lines = block[:-1].split("\n")
        if (
            not blank
            or block[-1:] != "\n"
            or len(lines) > 16
            or re.search(r"[\0-\x09\x0b-\x1f]", note)
        ):
            raise ValueError("malformed")
        found = []
        for line in lines:
            who, _, encoded = line[2:].rpartition(" ")
            if line[:2] != "\u2014 " or not who:
                raise ValueError("malformed signature line")
            found.append((who, unbase64(encoded)))
        if len({(who, raw[:4]) for who, raw in found}) != len(found):
            raise ValueError("two signatures of one key")
    except ValueError as why:
        fail(TAMPERED, "%s is no signed note (%s)" % (name, why))
    return text + "\n", found


def open_checkpoint(data: bytes, trust: Trust, name: str) -> Checkpoint:
    """Verify a checkpoint: the log signed it, and it is of a log to be believed."""
    text, signatures = read_note(data, name)
    ends = []
    for who, raw in signatures:
        public, last = trust.logs.get((who, raw[:4]), (None, None))
        if public is not None and not ed25519_ok(public, text.encode(), raw[4:]):
            fail(TAMPERED, "the signature of %s under %s does not verify" % (who, name))
        if public is not None and text.split("\n", 1)[0] == who:
            ends.append(last)
    lines = text.split("\n")
    try:
        origin, size, root = lines[0], int(lines[1]), unbase64(lines[2])
        if len(root) != 32 or size < 0 or "%s\n%d\n%s\n" % (origin, size, lines[2]) != text:
            raise ValueError(text)
    except (ValueError, IndexError):
        fail(TAMPERED, "%s is not an origin, a size and a root" % name)
    if ends and all(last is not None and size > last for last in ends):
        fail(UNTRUSTED, "%s, of %d entries, is signed only by a retired log key" % (name, size))
    if not ends or origin not in trust.origins:
        fail(UNTRUSTED, "%s, of %s, is signed by no trusted log key" % (name, origin))
    return Checkpoint(origin, Head(size, root), text, signatures)


def count_witnesses(trust: Trust, checkpoint: Checkpoint, lines: Iterable[bytes]) -> int:
    """Count the trusted witnesses that cosigned. Source: C2SP tlog-cosignature, Ed25519."""
    found = list(checkpoint.signatures)
    for line in lines:
        found += read_note(checkpoint.text.encode() + b"\n" + line, "a cosignature")[1]
    seen = set()
    for who, raw in found:
        public = trust.witnesses.get((who, raw[:4]))
        if public is None:
            continue
        time = int.from_bytes(raw[4:12], "big")
        signed = b"cosignature/v1\ntime %d\n" % time + checkpoint.text.encode()
        if not ed25519_ok(public, signed, raw[12:]):
            fail(TAMPERED, "the cosignature of %s does not verify" % who)
        seen.add(who)
    return len(seen)


# Entries, and what they say of each other.


class Entry(NamedTuple):
    """An entry whose signature was verified."""

    place: int
    """Number in the log, from 0."""

    kind: str
    entry_id: str
    subject: str
    actor: dict[str, Any]
    time: str
    record: Any
    envelope: bytes
    signed_by: list[str]


def open_entry(data: bytes, index: int, trust: Trust, kept: Files) -> Entry:
    """Verify an entry, then read it. Source: docs/spec/entry.md, docs/spec/statement.md."""
    what = "entry %d" % index
    envelope = exact(data, what)
    try:
        payload, names = unbase64(envelope["payload"]), set(envelope)
        signatures = [(s["keyid"], unbase64(s["sig"])) for s in envelope["signatures"]]
        well = names == {"payload", "payloadType", "signatures"} and all(
            set(s) == {"keyid", "sig"} for s in envelope["signatures"]
        )
        keyids = [keyid for keyid, _ in signatures]
    except (ValueError, KeyError, TypeError):
        fail(TAMPERED, what + " is no envelope")
    kind = b"application/vnd.in-toto+json"
    if not well or envelope["payloadType"].encode() != kind or keyids != sorted(set(keyids)):
        fail(TAMPERED, what + " is no envelope")
    signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
    known = [(k, s) for k, s in signatures if k in trust.signers]
    good = [k for k, s in known if ed25519_ok(trust.signers[k]["public"], signed, s)]
    if good and all(trust.had_ended(k, index) for k in good):
        raise Disowned(UNTRUSTED, what + " is signed only by keys that had ended; it counts not")
    for keyid, _ in known:
        if keyid not in good:
            name = trust.signers[keyid]["name"]
            fail(TAMPERED, "%s: a signature of %s does not verify" % (what, name))
    if not known:
        raise Unknown(what + " is signed by no trusted key", keyids)
    return read_statement(payload, index, trust, good, data, kept)


def read_statement(  # noqa: PLR0913, PLR0917 -- all that an entry is read from
    payload: bytes, index: int, trust: Trust, keyids: list[str], envelope: bytes, kept: Files
) -> Entry:
    """Read a verified statement, and check that its signer may make it."""
    what = "entry %d" % index
    statement = exact(payload, what)
    try:
        (subject,) = statement["subject"]
        predicate, kind = statement["predicate"], statement["predicateType"].replace(SPEC, "", 1)
        actor, entry_id, time = predicate["actor"], predicate["entryId"], predicate["timeCreated"]
        held = set(predicate) - {"actor", "entryId", "timeCreated"}
        well = held in ({"record"}, {"recordRef"}) and statement["predicateType"].startswith(SPEC)
        content = "sha256:" + subject["digest"]["sha256"]
        well = well and set(statement) == {"_type", "subject", "predicateType", "predicate"}
        well = well and set(actor) == {"kind", "id"} and set(subject) == {"name", "digest"}
    except (ValueError, KeyError, TypeError, AttributeError):
        well = False
    if not well or statement["_type"] != "https://in-toto.io/Statement/v1":
        fail(TAMPERED, what + " holds no statement of govgate")
    meant = {**dict.fromkeys(SERVICE_KINDS, "service"), **dict.fromkeys(HUMAN_KINDS, "human")}
    able = [k for k in keyids if trust.may_sign(k, kind, actor, index)]
    if not able or meant.get(kind, actor["kind"]) != actor["kind"]:
        names = ", ".join(trust.signers[k]["name"] for k in keyids)
        said = "%s is a %s of %s %s, signed by %s, who may not sign that there"
        fail(UNTRUSTED, said % (what, kind, actor["kind"], actor["id"], names))
    if "record" in predicate:
        record = predicate["record"]
    else:
        record = kept_record(predicate["recordRef"], what, kept)
    by = [trust.signers[k]["name"] for k in able]
    return Entry(index, kind, entry_id, content, actor, time, record, envelope, by)


def kept_record(reference: Any, what: str, kept: Files) -> Any:
    """Fetch a record that is kept outside its entry."""
    try:
        value = reference["digest"]["sha256"]
        uri = "evidence/sha256/%s/%s" % (value[:2], value)
        well = reference == {"digest": {"sha256": value}, "uri": uri}
    except (KeyError, TypeError):
        well = False
    if not well or not re.fullmatch("[0-9a-f]{64}", value):
        fail(TAMPERED, what + " does not refer to a record")
    return exact(kept_bytes(value, what, kept), uri)


def kept_bytes(value: str, what: str, kept: Files) -> bytes:
    """Fetch what is kept under a digest."""
    uri = "evidence/sha256/%s/%s" % (value[:2], value)
    data = kept.read(uri)
    if data is None:
        fail(MISSING, "%s: %s is missing" % (what, uri))
    if sha(data).hex() != value:
        fail(TAMPERED, "%s: %s does not hash to its name" % (what, uri))
    return data


class Claims:
    """What decisions say they rest on, held against the entries before them."""

    def __init__(self) -> None:
        """Start with nothing shown."""
        self.evidence: dict[str, dict[str, int]] = {}
        self.sign_offs: dict[str, Entry] = {}
        self.policies: set[str] = set()
        self.attached: dict[str, dict[str, Any]] = {}
        """Each attachment once, by its canonical text, with the place of an entry."""
        self.handles: dict[str, bool] = {}
        """Handle of each kept file to whether it is a plain one."""
        self.erased: set[str] = set()
        self.decisions: set[str] = set()

    def add(self, entry: Entry) -> Iterator[Problem]:
        """Take the next entry in order, and yield what is wrong with what it claims."""
        try:
            if entry.kind == "evidence/v1":
                yield from self.subject_is(entry, entry.record["subject"]["content"])
                self.evidence.setdefault(entry.subject, {})[digest(entry.record)] = entry.place
            elif entry.kind == "sign-off/v1":
                yield from self.actor_is(entry, entry.record["signed_by"])
                self.sign_offs[entry.envelope.decode()] = entry
            elif entry.kind in {"waiver/v1", "adoption/v1", "revocation/v1"}:
                yield from self.exception(entry)
            elif entry.kind == "policy/v1":
                yield from self.subject_is(entry, digest(entry.record))
                self.policies.add(entry.subject)
            elif entry.kind == "attachment/v1":
                self.attach(entry)
            elif entry.kind == "erasure/v1":
                yield from self.erasure(entry, entry.record["commitment"])
            elif entry.kind == "decision/v1":
                yield from self.decision(entry, entry.record["decision"])
            elif entry.kind == "promotion/v1" and entry.record["decision"] not in self.decisions:
                yield Problem(
                    MISSING, "entry %d: the decision it rests on is missing" % entry.place
                )
        except (KeyError, TypeError, AttributeError, ValueError) as why:
            yield Problem(TAMPERED, "entry %d: malformed (%r)" % (entry.place, why))

    def subject_is(self, entry: Entry, content: str) -> Iterator[Problem]:
        """Check that record and statement are about the same bytes."""
        if content != entry.subject:
            yield Problem(TAMPERED, "entry %d: its record is about %s" % (entry.place, content))

    def actor_is(self, entry: Entry, person: str) -> Iterator[Problem]:
        """Check that nobody signs in another's name."""
        if person != entry.actor["id"]:
            yield Problem(TAMPERED, "entry %d: signs in the name of %s" % (entry.place, person))

    def exception(self, entry: Entry) -> Iterator[Problem]:
        """Check that leave given, or a model stopped, is by whom and about what it says."""
        record = entry.record
        if entry.kind == "revocation/v1":
            yield from self.subject_is(entry, record["subject_content"])
        elif entry.kind == "adoption/v1":
            yield from self.actor_is(entry, record["adopted_by"])
            yield from self.subject_is(entry, record["subject"]["content"])
        else:
            yield from self.actor_is(entry, record["granted_by"])
            yield from self.subject_is(entry, record["subject_content"])

    def attach(self, entry: Entry) -> None:
        """Note which file an entry keeps."""
        self.handles[handle_of(entry.record)] = bool(entry.record["file"])
        said = canonical_text(entry.record)
        self.attached.setdefault(said, {**entry.record, "place": entry.place})

    def erasure(self, entry: Entry, commitment: str) -> Iterator[Problem]:
        """Check that a person erased, in the own name, a file that was kept before."""
        yield from self.actor_is(entry, entry.record["erased_by"])
        yield from self.subject_is(entry, commitment)
        if commitment not in self.handles:
            yield Problem(MISSING, "entry %d: the file it erases is missing" % entry.place)
        self.erased.add(commitment)

    def decision(self, entry: Entry, decision: Any) -> Iterator[Problem]:
        """Check a decision: nothing it rests on is missing, and nothing was hidden from it."""
        what = "entry %d: the decision " % entry.place
        yield from self.subject_is(entry, decision["request"]["subject"]["content"])
        shown, considered = self.evidence.get(entry.subject, {}), set(decision["considered"])
        for name in sorted(considered - set(shown)):
            yield Problem(MISSING, what + "considered evidence %s, which is missing" % name)
        for name in sorted(set(shown) - considered):
            yield Problem(
                TAMPERED, what + "was not shown evidence %s, entry %d" % (name, shown[name])
            )
        if decision["policy"] not in self.policies:
            yield Problem(MISSING, what + "names policy %s, which is missing" % decision["policy"])
        yield from self.package(what, decision, entry.record["sign_offs"])
        self.decisions.add(digest(decision))

    def package(self, what: str, decision: Any, carried: list[str]) -> Iterator[Problem]:
        """Check that what people signed is what was decided."""
        package, counted, whole = decision["package"], set(), True
        for name in ("request", "policy", "considered"):
            if package[name] != decision[name]:
                yield Problem(TAMPERED, what + "has another %s than its package" % name)
        for envelope in carried:
            signed = self.sign_offs.get(envelope)
            if signed is None:
                whole = False
                yield Problem(MISSING, what + "carries a sign-off that is no entry before it")
            elif signed.record["package"] != digest(package):
                yield Problem(TAMPERED, what + "carries a sign-off of another package")
            else:
                counted.add(digest(signed.record))
        if whole and counted != set(decision["sign_offs"]):
            yield Problem(TAMPERED, what + "counts other sign-offs than it carries")


def handle_of(record: Any) -> str:
    """Digest by which an attachment is named: of a plain file, or its commitment."""
    file, commitment = record["file"], record["commitment"]
    handle = commitment or file["sha256"]
    hashes = [handle, record["manifest"]]
    if set(record) != {"manifest", "file", "commitment"} or bool(file) == bool(commitment):
        raise ValueError("no attachment")
    if file and set(file) != {"name", "media_type", "size_bytes", "sha256"}:
        raise ValueError("no attachment")
    if not all(re.fullmatch("sha256:[0-9a-f]{64}", each) for each in hashes):
        raise ValueError("an attachment without digests")
    return str(handle)


def admits(limit: dict[str, Any], value: Any) -> bool:
    """Tell whether an observation is within a limit. Source: docs/reference/policy-file.md."""
    if limit["kind"] == "exactly":
        return bool(value == limit["value"])
    if isinstance(value, str):
        return False
    return bool(value <= limit["value"] if limit["kind"] == "at_most" else value >= limit["value"])


def blocks(verdict: dict[str, Any]) -> bool:
    """Tell whether a verdict alone denies; the unfavourable end of an interval must do."""
    ends = [(f["limit"], f["interval"] or {}, f["observed"]) for f in verdict["findings"]]
    worst = (
        admits(li, iv.get("low" if li["kind"] == "at_least" else "high", seen))
        for li, iv, seen in ends
    )
    passed = bool(ends) and all(worst)
    return not passed and not verdict["waiver"] and verdict["severity"] == "block"


def in_words(entry: Entry) -> str:
    """Say in a few words what an entry says."""
    record = entry.record
    if entry.kind == "decision/v1":
        decision = record["decision"]
        blocking = [v["gate"] for v in decision["verdicts"] if blocks(v)]
        denied = not decision["verdicts"] or blocking
        said = "DENIED by " + ", ".join(blocking) if denied else "ALLOWED"
        return "%s until %s, policy %s" % (said, decision["expires_at"], decision["policy_name"])
    if entry.kind == "sign-off/v1":
        return "%s as %s" % (record["meaning"], record["role"])
    if entry.kind in {"waiver/v1", "adoption/v1"}:
        return "%s until %s" % (record.get("gate") or record["reason"], record["expires_at"])
    if entry.kind in {"attachment/v1", "erasure/v1"}:
        return file_in_words(record)
    if entry.kind == "promotion/v1":
        target = record["target"]
        return "%s/%s @%s" % (target["model"], target["version"], ", @".join(target["aliases"]))
    return str(record.get("kind") or record.get("name") or record.get("action") or "")


def file_in_words(record: Any) -> str:
    """Say which file an entry keeps, or erases and why."""
    handle = record["commitment"] or record["file"]["sha256"]
    said = record.get("reason", "personal data")
    if record.get("file"):
        said = "%s, %d bytes" % (record["file"]["name"], record["file"]["size_bytes"])
    return "%s: %s" % (handle[7:19], said)


# What both ways of verifying share.


class Report:
    """What was found."""

    def __init__(self, *, chosen: bool = True) -> None:
        """Start with nothing wrong; `chosen` where somebody picked the entries."""
        self.chosen = chosen
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.rows: list[tuple[str, ...]] = []
        self.kinds: dict[str, int] = {}
        self.ids: dict[str, int] = {}
        self.claims = Claims()
        self.revoked: set[str] = set()

    def attempt(self, step: Any, *args: Any) -> Any:
        """Take one step, and collect what is wrong."""
        try:
            return step(*args)
        except Disowned:
            raise
        except Problem as why:
            self.problems.append(why)
            return None

    def take(self, data: bytes, index: int, trust: Trust, kept: Files) -> Entry | None:
        """Verify one entry, and hold its claims against those before it."""
        try:
            entry: Entry | None = self.attempt(open_entry, data, index, trust, kept)
        except Disowned as why:
            # Whoever made a bundle chose what is in it; into a log anybody may have written.
            if self.chosen:
                self.problems.append(why)
            else:
                self.notes.append(why.text)
            return None
        if entry is None:
            return None
        self.problems += self.claims.add(entry)
        if entry.kind == "key-event/v1" and entry.actor["kind"] == "human":
            self.revoked.update(revoked_by(entry))
        self.kinds[entry.kind] = self.kinds.get(entry.kind, 0) + 1
        if entry.entry_id in self.ids:
            note = "entries %d and %d carry one entry id" % (self.ids[entry.entry_id], index)
            self.notes.append(note)
        self.ids[entry.entry_id] = index
        return entry

    def exit_code(self) -> int:
        """Answer with the gravest problem: tampered with, not trusted, missing."""
        codes = {problem.code for problem in self.problems}
        return next((c for c in (TAMPERED, UNTRUSTED, MISSING) if c in codes), 0)

    def show(self) -> None:
        """Print a table for people, and the verdict."""
        widths = [max(map(len, column)) for column in zip(*self.rows)] if self.rows else []
        for row in self.rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths))
            print(printable("  ".join(cells).rstrip()))
        for kind, count in sorted(self.kinds.items()):
            print("%6d x %s" % (count, kind))
        for note in self.notes:
            print("note: " + printable(note))
        words = {TAMPERED: "TAMPERED", MISSING: "MISSING", UNTRUSTED: "NOT TRUSTED"}
        for problem in self.problems:
            print("%s: %s" % (words[problem.code], printable(problem.text)))
        print("FAILED: %d problems" % len(self.problems) if self.problems else "OK")


def printable(text: str) -> str:
    """Keep what records say from telling the terminal what to do."""
    return "".join(c if c.isprintable() else "?" for c in text)


class Files:
    """A folder. Names that begin with a dot are unfinished writes and no objects."""

    def __init__(self, folder: str) -> None:
        """List what is there."""
        self.folder = folder
        self.names: list[str] = []
        for place, folders, files in os.walk(folder):
            folders[:] = sorted(f for f in folders if not f.startswith("."))
            inside = os.path.relpath(place, folder).replace(os.sep, "/")
            prefix = "" if inside == "." else inside + "/"
            self.names += [prefix + f for f in files if not f.startswith(".")]
        self.names.sort()

    def under(self, prefix: str) -> list[str]:
        """Names below a prefix, sorted."""
        return [name for name in self.names if name.startswith(prefix)]

    def read(self, name: str) -> bytes | None:
        """Bytes of a file, or None where there is none."""
        try:
            with open(os.path.join(self.folder, *name.split("/")), "rb") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as why:
            fail(MISSING, "%s cannot be read (%s)" % (name, why))


class Bundle(Files):
    """A zip file, never unpacked: each member is read within limits, and must be listed."""

    def __init__(self, path: str) -> None:
        """Look at every name and size before reading anything."""
        try:
            self.zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, ValueError) as why:
            fail(UNTRUSTED if isinstance(why, OSError) else TAMPERED, "%s: %s" % (path, why))
        members = self.zip.infolist()
        self.names = sorted(m.filename for m in members)
        for member in members:
            self.check(member)
        if len(set(self.names)) != len(members) or len(members) > MAX_MEMBERS:
            fail(TAMPERED, "a name comes twice, or there are over %d" % MAX_MEMBERS)
        total = sum(m.file_size for m in members if not self.is_stored(m))
        packed = os.path.getsize(path)
        if total > MAX_TOTAL_BYTES or total > MAX_RATIO * packed:
            fail(TAMPERED, "%d bytes come out of %d; refused" % (total, packed))
        self.digests = self.manifest()

    @staticmethod
    def check(member: zipfile.ZipInfo) -> None:
        """Refuse a member that would leave its folder, or is larger than any record."""
        parts = member.filename.split("/")
        odd = member.filename != member.orig_filename or member.flag_bits & 1
        if odd or not all(re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", part) for part in parts):
            fail(TAMPERED, "a member is called %r; refused" % member.filename)
        if member.file_size > MAX_MEMBER_BYTES and not Bundle.is_stored(member):
            fail(TAMPERED, "%s says it has %d bytes; refused" % (member.filename, member.file_size))

    @staticmethod
    def is_stored(member: zipfile.ZipInfo) -> bool:
        """Tell a kept file that takes as many bytes in the zip as it has."""
        as_it_is = member.compress_type == zipfile.ZIP_STORED
        kept = member.filename.startswith((FILES, PERSONAL))
        return kept and as_it_is and member.compress_size == member.file_size

    def check_listed(self, name: str) -> None:
        """Hash a member, however long, and hold it against MANIFEST."""
        whole = hashlib.sha256()
        try:
            with self.zip.open(name) as file:
                for block in iter(lambda: file.read(READ_BYTES), b""):
                    whole.update(block)
        except Exception as why:  # noqa: BLE001 -- a broken zip breaks in many ways
            fail(TAMPERED, "%s cannot be unpacked (%s)" % (name, why))
        if whole.hexdigest() != self.digests[name]:
            fail(TAMPERED, "%s does not hash to what MANIFEST says" % name)

    def raw(self, name: str) -> bytes:
        """Bytes of a member that is there."""
        try:
            with self.zip.open(name) as file:
                return file.read()
        except Exception as why:  # noqa: BLE001 -- a broken zip breaks in many ways
            fail(TAMPERED, "%s cannot be unpacked (%s)" % (name, why))

    def manifest(self) -> dict[str, str]:
        """Read the list of all members and their hashes."""
        if "MANIFEST" not in self.names:
            fail(MISSING, "the bundle has no MANIFEST")
        try:
            lines = self.raw("MANIFEST").decode("ascii").splitlines()
        except UnicodeDecodeError:
            lines = [""]
        if not all(re.fullmatch("[0-9a-f]{64}  [!-~]+", line) for line in lines):
            fail(TAMPERED, "MANIFEST is no list of hashes and names")
        listed: Dict[str, str] = {line[66:]: line[:64] for line in lines}
        there = set(self.names) - {"MANIFEST"}
        if len(listed) != len(lines) or there - set(listed):
            fail(TAMPERED, "MANIFEST does not list %s" % sorted(there - set(listed)))
        if set(listed) - there:
            fail(MISSING, "%s is missing" % min(set(listed) - there))
        return listed

    def read(self, name: str) -> bytes | None:
        """Bytes of a member, or None; they hash to what MANIFEST says."""
        if name not in self.digests:
            return None
        data = self.raw(name)
        if sha(data).hex() != self.digests[name]:
            fail(TAMPERED, "%s does not hash to what MANIFEST says" % name)
        return data


# A bundle. Source: docs/spec/bundle.md; the steps are numbered as there.


def verify_bundle(path: str, trust: Trust, pinned: list[Head]) -> Report:
    """Verify a bundle."""
    report = Report()
    # (1) Names, sizes and hashes of all members.
    files = Bundle(path)
    for name in sorted(files.digests):
        report.attempt(files.check_listed, name)
    if report.problems:
        return report
    # (2) The checkpoint, and who cosigned it.
    checkpoint = open_checkpoint(need(files, "checkpoint"), trust, "checkpoint")
    head = checkpoint.head
    describe(report, trust, checkpoint, files)
    # (3) What the auditor saw before is the beginning of this log.
    for old in pinned:
        report.attempt(check_pinned, old, head, files)
    # (4) Every entry is in the log, signed by whom may; (5) and claims what the others bear out.
    about = exact(need(files, "bundle.json"), "bundle.json")
    entries = []
    for name in files.under("entries/"):
        entry = report.attempt(bundled_entry, name, files, trust, need(files, "checkpoint"), report)
        entries += [entry] if entry else []
    for record in report.claims.attached.values():
        report.attempt(check_bundled, record, report, files)
    for name in files.under(FILES) + files.under(PERSONAL):
        report.attempt(check_named, name, report.claims)
    # (6) It is all about the subject that the bundle names.
    report.attempt(check_subjects, entries, about)
    report.rows = [("entry", "kind", "signed by", "at", "says")]
    for entry in entries:
        by = ", ".join(entry.signed_by)
        try:
            said = in_words(entry)
        except (KeyError, TypeError, AttributeError):
            said = "malformed"
        report.rows.append((str(entry.place), entry.kind, by, entry.time, said))
    return report


def need(files: Files, name: str) -> bytes:
    """Read a file that must be there."""
    data = files.read(name)
    if data is None:
        fail(MISSING, name + " is missing")
    return data


def describe(report: Report, trust: Trust, checkpoint: Checkpoint, files: Files) -> None:
    """Say which log this is, and hold the number of witnesses against the trust file."""
    head = checkpoint.head
    more = (files.read(n) or b"" for n in files.under("cosignatures/%020d/" % head.size))
    seen = report.attempt(count_witnesses, trust, checkpoint, more) or 0
    said = "log %s, %d entries, root %s, %d witnesses"
    root = base64.b64encode(head.root).decode()
    report.notes.append(said % (checkpoint.origin, head.size, root, seen))
    if trust.unknown_witnesses or trust.timed:
        text = "ML-DSA cosignatures and time stamps are not verified by this program; "
        report.notes.append(text + "use `govgate ledger verify`, or `openssl ts`")
    if seen < trust.quorum:
        text = "%d trusted witnesses cosigned, the trust file asks for %d" % (seen, trust.quorum)
        report.problems.append(Problem(MISSING, text))


def check_pinned(old: Head, head: Head, files: Files) -> None:
    """Check that a head seen before is the beginning of this log."""
    if old.size > head.size:
        fail(MISSING, "the bundle is of %d entries; %d were seen before" % (head.size, old.size))
    lines = b""
    if old.size not in (0, head.size):
        lines = need(files, "consistency/%020d" % old.size)
    try:
        path = [unbase64(line) for line in lines.decode().splitlines()]
    except ValueError:
        path = []
    if not is_consistent(old, head, path):
        fail(TAMPERED, "the log does not begin as it did at %d entries: it was forked" % old.size)


def bundled_entry(name: str, files: Files, trust: Trust, note: bytes, report: Report) -> Any:
    """Verify one entry of a bundle: its proof first, then its signature and claims."""
    place = re.fullmatch(r"entries/([0-9]{20})\.json", name)
    if not place:
        fail(TAMPERED, name + " is no entry")
    index, data = int(place.group(1)), need(files, name)
    proof = need(files, "proofs/%s.tlog-proof" % place.group(1))
    first, _, rest = proof.partition(b"\n\n")
    head = open_checkpoint(note, trust, "checkpoint").head
    try:
        title, number, *hashes = first.decode().split("\n")
        path = [unbase64(line) for line in hashes]
        well = title == "c2sp.org/tlog-proof@v1" and number == "index %d" % index and rest == note
    except ValueError:
        well = False
    if not well:
        fail(TAMPERED, "the proof of entry %d is none under this checkpoint" % index)
    if not is_included(leaf_of(data), index, head.size, path, head.root):
        fail(TAMPERED, "entry %d is not in the log" % index)
    return report.take(data, index, trust, files)


def check_bundled(record: dict[str, Any], report: Report, files: Bundle) -> None:
    """Check a kept file of a bundle: a plain one is there, one with personal data may be."""
    handle = record["commitment"] or record["file"]["sha256"]
    value = handle[7:]
    what = "the attachment of entry %d" % record["place"]
    if record["file"]:
        check_member(FILES + value, record["file"], what, files)
        return
    said = files.read(PERSONAL + value + ".json")
    if said is None:
        why = "was erased" if handle in report.claims.erased else "is not in this bundle"
        report.notes.append("%s has personal data, and %s" % (what, why))
        return
    opened = exact(said, PERSONAL + value + ".json")
    try:
        file, salt = opened["file"], unbase64(opened["salt"])
        well = set(opened) == {"file", "salt"} and len(salt) == 32
    except (ValueError, KeyError, TypeError):
        well = False
    if not well or sha(COMMITMENT, salt, sha(canonical(file))).hex() != value:
        fail(TAMPERED, what + " is not what was committed to")
    check_member(PERSONAL + value, file, what, files)


def check_member(name: str, file: Any, what: str, files: Bundle) -> None:
    """Check that a member, whose hash MANIFEST gave already, is a file."""
    if name not in files.digests:
        fail(MISSING, "%s: %s is missing" % (what, name))
    size = files.zip.getinfo(name).file_size
    if ("sha256:" + files.digests[name], size) != (file["sha256"], file["size_bytes"]):
        fail(TAMPERED, "%s: %s is another file" % (what, name))


def check_named(name: str, claims: Claims) -> None:
    """Check that an entry attaches a file that is in the bundle, as what it stands there."""
    folder, _, value = name.partition("/")
    value = value[:-5] if folder + "/" == PERSONAL and value.endswith(".json") else value
    if claims.handles.get("sha256:" + value) is not (folder + "/" == FILES):
        fail(TAMPERED, name + " is attached by no entry")


def check_subjects(entries: list[Entry], about: Any) -> None:
    """Check that all but the policies is about the subject the bundle is named for."""
    if not isinstance(about, dict) or about.get("v") != 1 or "content" not in about:
        fail(TAMPERED, "bundle.json is not of a version this program reads")
    for entry in entries:
        if entry.kind not in {"policy/v1", "erasure/v1"} and entry.subject != about["content"]:
            fail(TAMPERED, "entry %d is about %s" % (entry.place, entry.subject))
    if not any(entry.kind == "decision/v1" for entry in entries):
        fail(MISSING, "the bundle holds no decision that can be verified")


# A whole log. Source: docs/spec/verify.md.


def revoked_by(entry: Entry) -> list[str]:
    """Give the key id that a person's key event revokes. Source: docs/spec/keys.md."""
    said = entry.record if isinstance(entry.record, dict) else {}
    keyid = said.get("keyid")
    well = said.get("action") == "revoke" and entry.subject == "sha256:%s" % keyid
    return [str(keyid)] if well else []


def is_introduced(keyid: str, files: Files, trust: Trust) -> bool:
    """Tell whether the log's key once said that a key was believed. Source: docs/spec/keys.md."""
    try:
        text, signatures = read_note(need(files, "signers/" + keyid), "")
        title, origin, public, end = text.split("\n")
        signed = [(trust.logs[who, raw[:4]][0], raw[4:]) for who, raw in signatures
                  if (who, raw[:4]) in trust.logs]  # fmt: skip
        well = (title, end) == (SPEC + "signer/v1", "") and origin in trust.origins
        well = well and sha(SPKI, unbase64(public)).hex() == keyid
    except (Problem, ValueError):
        return False
    return well and bool(signed) and all(ed25519_ok(k, text.encode(), s) for k, s in signed)


def disown(report: Report, files: Files, trust: Trust) -> None:
    """Pass over entries that only keys signed which a key-admin disowned."""
    problems, report.problems = report.problems, []
    for why in problems:
        keyids = why.keyids if isinstance(why, Unknown) else []
        theirs = keyids and report.revoked.issuperset(keyids)
        if theirs and not any(is_introduced(keyid, files, trust) for keyid in keyids):
            report.notes.append(why.text + ", but by one that was disowned; it counts not")
        else:
            report.problems.append(why)


def verify_log(folder: str, trust: Trust, pinned: list[Head]) -> Report:
    """Verify every object of a log's folder."""
    report, files = Report(chosen=False), Files(folder)
    # (1) The log is one the auditor trusts.
    report.attempt(check_about, files, trust)
    # (2) Every checkpoint is signed, and under its own size.
    checkpoints = stored_checkpoints(report, files, trust)
    newest = max(checkpoints, key=lambda c: c.head.size) if checkpoints else None
    # (4) and (5) The commits are a chain from 0, and every entry in them is signed.
    tree = walk_commits(report, files, trust)
    disown(report, files, trust)
    published = newest.head.size if newest else 0
    if newest:
        describe(report, trust, newest, files)
    # (3) Every checkpoint, and what was seen before, is the beginning of what was committed.
    for head in [c.head for c in checkpoints] + pinned:
        report.attempt(check_head, head, tree)
    if published <= len(tree.rows[0]) and published not in tree.ends:
        text = "no commit ends at %d entries, where the newest checkpoint does" % published
        report.problems.append(Problem(TAMPERED, text))
    for head in pinned:
        if head.size > published:
            text = "%d entries were published before, %d are now" % (head.size, published)
            report.problems.append(Problem(TAMPERED, text))
    # (6) Every tile says what was committed, and none is missing.
    for name in files.under("tile/"):
        report.attempt(check_tile, name, files, tree)
    for name, instead in expected_tiles(published):
        if name not in files.names and instead not in files.names:
            report.problems.append(Problem(TAMPERED, name + " is missing"))
    # (7) What is kept outside entries is what it is called, and the files are what entries say.
    check_evidence(report, files)
    return report


def check_about(files: Files, trust: Trust) -> None:
    """Check what a log says of itself."""
    data = need(files, "log.json")
    about = exact(data[:-1], "log.json")
    known = {"v", "commit_v", "origin", "log_vkeys", "created", "store"}
    well = isinstance(about, dict) and set(about) == known and data[-1:] == b"\n"
    if not well or (about["v"], about["commit_v"]) != (1, 1):
        fail(TAMPERED, "log.json is not of a version this program reads")
    vkeys = about["log_vkeys"]
    trusted = {line.partition(" until ")[0] for line in trust.log_vkeys}
    if not isinstance(vkeys, list) or not vkeys or not set(vkeys) <= trusted:
        fail(UNTRUSTED, "log.json names a log key that is not trusted")
    if about["origin"] not in trust.origins or about["origin"] not in [
        v.split("+")[0] for v in vkeys
    ]:
        fail(TAMPERED, "log.json names another origin than its keys")


def stored_checkpoints(report: Report, files: Files, trust: Trust) -> list[Checkpoint]:
    """Open every checkpoint, and check what it is called."""
    found = []
    names = files.under("checkpoints/")
    for name in names + (["checkpoint"] if "checkpoint" in files.names else []):
        one = report.attempt(lambda n=name: open_checkpoint(need(files, n), trust, n))
        if one is None:
            continue
        found.append(one)
        own = "checkpoints/%020d" % one.head.size
        if name not in {"checkpoint", own}:
            report.problems.append(
                Problem(TAMPERED, "%s holds the checkpoint of another size" % name)
            )
        if own not in names:
            report.problems.append(Problem(TAMPERED, own + " is missing"))
    if names and "checkpoint" not in files.names:
        report.problems.append(Problem(MISSING, "checkpoint is missing"))
    return found


def walk_commits(report: Report, files: Files, trust: Trust) -> Tree:
    """Follow the chain of commits, and verify what it holds."""
    tree, end, previous = Tree(), 0, "0" * 64
    beside = set(files.under("commits/"))
    while True:
        name = "commits/%020d" % end
        data = report.attempt(files.read, name) if name in beside else None
        if data is None:
            break
        beside.discard(name)
        entries, hashed = read_commit(data, end, previous), sha(data).hex()
        if entries is None:
            report.notes.append(name + " is no commit; it counts as one entry and judges nothing")
            junk = {"govgate": "invalid-commit", "key": name, "sha256": hashed}
            tree.append(leaf_of(canonical(junk)))
        for index, entry in enumerate(entries or (), end):
            tree.append(leaf_of(entry))
            report.take(entry, index, trust, files)
        end, previous = len(tree.rows[0]), hashed
        tree.ends.add(end)
    for name in sorted(beside):
        report.problems.append(Problem(TAMPERED, name + " is in no chain of commits"))
    return tree


def read_commit(data: bytes, start: int, previous: str) -> list[bytes] | None:
    """Read a commit, or None where it is none. Source: docs/spec/commit.md."""
    line, _, body = data.partition(b"\n")
    try:
        fields = exact(line, "a commit")
        entries = unpack(body)
        expected = {
            "batch": fields["batch"],
            "n": float(len(entries)),
            "prev": previous,
            "sha256": sha(body).hex(),
            "start": float(start),
            "v": 1.0,
        }
        named = re.fullmatch("[0-9A-Za-z-]{1,64}", fields["batch"])
    except (Problem, KeyError, TypeError):
        return None
    fits = 0 < len(entries) <= 4096 and len(body) <= 8 * 1024 * 1024
    return entries if fits and named and fields == expected else None


def unpack(data: bytes) -> list[bytes]:
    """Take apart entries framed by their length in two bytes."""
    entries, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        entries.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    if at != len(data) or b"".join(len(e).to_bytes(2, "big") + e for e in entries) != data:
        fail(TAMPERED, "entries are cut short")
    return entries


def check_head(head: Head, tree: Tree) -> None:
    """Check a signed or pinned head against what was committed."""
    if head.size > len(tree.rows[0]):
        have = len(tree.rows[0])
        fail(TAMPERED, "%d entries were published, commits hold %d" % (head.size, have))
    if tree.root(head.size) != head.root:
        fail(TAMPERED, "the first %d entries are not those that were signed" % head.size)


def tile_path(level: str, n: int, width: int) -> str:
    """Name a tile. Source: C2SP tlog-tiles."""
    digits = "%03d" % n
    digits = digits.rjust(-(-len(digits) // 3) * 3, "0")
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    path = "/".join(["x" + g for g in groups[:-1]] + groups[-1:])
    return "tile/%s/%s%s" % (level, path, "" if width == 256 else ".p/%d" % width)


def expected_tiles(size: int) -> Iterator[tuple[str, str]]:
    """Yield the name of each tile of a published size, and of what may stand instead."""
    for level in range(10):
        full, width = divmod(size >> 8 * level, 256)
        for kind in (str(level),) + (("entries",) if level == 0 else ()):
            for n in range(full):
                yield tile_path(kind, n, 256), ""
            if width:
                yield tile_path(kind, full, width), tile_path(kind, full, 256)


def check_tile(name: str, files: Files, tree: Tree) -> None:
    """Check one tile or bundle of entries against what was committed."""
    found = re.fullmatch(r"tile/(entries|[0-9]+)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]+))?", name)
    if not found:
        fail(TAMPERED, name + " is no tile")
    kind, n = found.group(1), int(re.sub("[x/]", "", found.group(2)))
    width = int(found.group(3) or 256)
    if tile_path(kind, n, width) != name or not 0 < width <= 256:
        fail(TAMPERED, name + " is no tile")
    level = 0 if kind == "entries" else int(kind)
    expected, data = tree.tile(level, n, width), need(files, name)
    if kind == "entries":
        data = b"".join(leaf_of(entry) for entry in unpack(data))
    if len(expected) != width or b"".join(expected) != data:
        fail(TAMPERED, name + " is not what was committed")


def check_evidence(report: Report, files: Files) -> None:
    """Check all that is kept outside entries."""
    for name in files.under("evidence/"):
        report.attempt(check_kept, name, files)
    for record in report.claims.attached.values():
        report.attempt(check_blocks, record, record["commitment"] in report.claims.erased, files)


def check_kept(name: str, files: Files) -> None:
    """Check that a kept record hashes to its name, whether or not an entry refers to it."""
    value = name.rsplit("/", 1)[1]
    if (
        name == "evidence/sha256/%s/%s" % (value[:2], value)
        and sha(need(files, name)).hex() != value
    ):
        fail(TAMPERED, name + " does not hash to its name")


def check_blocks(record: Any, erased: bool, files: Files) -> None:
    """Check the blocks of a kept file, one in memory at a time. Source: evidence-store.md."""
    what, value = "the attachment of entry %d" % record["place"], record["manifest"][7:]
    if erased and "evidence/sha256/%s/%s" % (value[:2], value) not in files.names:
        return
    manifest = exact(kept_bytes(value, what, files), what)
    try:
        blocks = [str(block)[7:] for block in manifest["blocks"] if block[:7] == "sha256:"]
        again = {"blocks": ["sha256:" + b for b in blocks], "v": 1.0}
        well = manifest == {**again, "size_bytes": manifest["size_bytes"]}
    except (KeyError, TypeError):
        well = False
    if not well or not all(re.fullmatch("[0-9a-f]{64}", block) for block in blocks):
        fail(TAMPERED, what + " has no manifest")
    whole, size = hashlib.sha256(), 0
    for block in blocks:
        if erased and "evidence/sha256/%s/%s" % (block[:2], block) not in files.names:
            continue
        data = kept_bytes(block, what, files)
        whole.update(data)
        size += len(data)
    if erased:
        return
    file = record["file"] or {"size_bytes": size, "sha256": "sha256:" + whole.hexdigest()}
    said = (manifest["size_bytes"], file["size_bytes"], file["sha256"])
    if said != (size, size, "sha256:" + whole.hexdigest()):
        fail(TAMPERED, what + " is another file than it says")


# The command line.


def main(argv: list[str] | None = None) -> int:
    """Verify what the command line names, and print what was found."""
    parser = argparse.ArgumentParser(
        description="Verify a govgate evidence bundle, or a whole ledger, offline.",
        epilog="Exit codes: 0 it holds, 1 tampered with, 2 something is missing, "
        "3 not trusted, or used wrongly.",
    )
    parser.add_argument("bundle", nargs="?", metavar="BUNDLE.zip", help="what was handed to you")
    parser.add_argument("--log", metavar="FOLDER", help="a whole ledger instead, or a copy of it")
    parser.add_argument(
        "--trust", required=True, help="whose keys you believe; never from the bundle"
    )
    parser.add_argument("--pinned", metavar="FILE", help="a checkpoint you have seen before")
    try:
        chosen = parser.parse_args(argv)
    except SystemExit as why:
        return UNTRUSTED if why.code else 0
    if bool(chosen.bundle) == bool(chosen.log):
        print("name either a bundle or --log FOLDER", file=sys.stderr)
        return UNTRUSTED
    report = Report()
    try:
        report = verify(chosen)
    except Problem as why:
        report.problems.append(why)
    report.show()
    return report.exit_code()


def verify(chosen: argparse.Namespace) -> Report:
    """Verify with the trust and the pinned checkpoint of the command line."""
    trust = read_trust(chosen.trust)
    pinned = list(trust.pinned)
    if chosen.pinned:
        folder, name = os.path.split(os.path.abspath(chosen.pinned))
        pinned.append(open_checkpoint(need(Files(folder), name), trust, chosen.pinned).head)
    if chosen.log and not os.path.isdir(chosen.log):
        fail(UNTRUSTED, chosen.log + " is no folder")
    if chosen.log:
        return verify_log(chosen.log, trust, pinned)
    return verify_bundle(chosen.bundle, trust, pinned)


if __name__ == "__main__":
    sys.exit(main())
