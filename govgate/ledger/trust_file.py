"""The auditor's trust file: everything an audit believes before it reads a byte of the log.

Source: docs/spec/trust.md; C2SP tlog-policy for the text of the log part.
"""

import json
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from govgate.canon import SPEC
from govgate.errors import AuthorityError
from govgate.ledger import b64
from govgate.ledger.log_keys import read_log_keys
from govgate.ledger.quorum import read_witnesses
from govgate.ledger.trust import ActorKind, Pin, Trust, TrustedSigner
from govgate.records import Record, Word

_Base64 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{43}=$")]
"""32 bytes."""


class _Pinned(Record):
    size: int = Field(ge=0)
    root: _Base64


class _Signer(Record):
    keyid: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    ed25519: _Base64
    name: Word
    role: ActorKind
    predicateTypes: tuple[Word, ...] = Field(min_length=1)  # noqa: N815 -- as the format has it
    validFromIndex: int = Field(ge=0)  # noqa: N815 -- as the format has it
    revokedAtIndex: int | None = Field(ge=0)  # noqa: N815 -- as the format has it


class _File(Record):
    origins: tuple[Word, ...] = Field(min_length=1)
    log_vkeys: tuple[Word, ...] = Field(min_length=1)
    witness_vkeys: tuple[Word, ...]
    witness_quorum: int = Field(ge=0)
    pinned: tuple[_Pinned, ...]
    signers: tuple[_Signer, ...]
    tsa_roots: tuple[str, ...]


def write_trust(trust: Trust) -> str:
    """Write a trust file: JSON in the order of docs/spec/trust.md, two spaces deep."""
    signers = (_signer(name, trust.signers[name]) for name in sorted(trust.signers))
    file = {
        "origins": sorted({k.name for k in read_log_keys(trust.log_vkeys)}),
        "log_vkeys": list(trust.log_vkeys),
        "witness_vkeys": list(trust.witness_vkeys),
        "witness_quorum": trust.witness_quorum,
        "pinned": [{"size": p.size, "root": b64.encode(p.root)} for p in trust.pinned],
        "signers": list(signers),
        "tsa_roots": list(trust.tsa_roots),
    }
    return json.dumps(file, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _signer(name: str, signer: TrustedSigner) -> dict[str, Any]:
    return {
        "keyid": name,
        "ed25519": b64.encode(signer.public),
        "name": signer.name,
        "role": signer.kind.value,
        "predicateTypes": [SPEC + kind for kind in sorted(signer.kinds)],
        "validFromIndex": signer.valid_from_index,
        "revokedAtIndex": signer.revoked_at_index,
    }


def read_trust(text: str) -> Trust:
    """Read a trust file.

    Args:
        text: JSON as in docs/spec/trust.md: every field once, and no other.

    Raises:
        AuthorityError: It is no trust file, or a key is not what it is called.
    """
    try:
        plain = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        file = _File.model_validate_json(json.dumps(plain))
        return _trust(file)
    except (ValueError, RecursionError) as why:
        said = why.errors()[0] if isinstance(why, ValidationError) else None
        about = f"{'.'.join(map(str, said['loc']))}: {said['msg']}" if said else str(why)
        msg = f"the trust file cannot be read ({about}); see docs/spec/trust.md"
        raise AuthorityError(msg) from why


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    _require(len(fields) == len(pairs), f"a field of {sorted(fields)} stands twice")
    return fields


def _no_number(name: str) -> float:
    msg = f"{name} is no number of JSON"
    raise ValueError(msg)


def _require(claim: bool, otherwise: str) -> None:  # noqa: FBT001 -- a claim is what it takes
    if not claim:
        raise ValueError(otherwise)


def _trust(file: _File) -> Trust:
    names = {k.name for k in read_log_keys(file.log_vkeys)}
    _require(sorted(names) == list(file.origins), "origins are not the names of log_vkeys, sorted")
    read_witnesses(file.witness_vkeys, file.witness_quorum)
    signers = {s.keyid: _trusted(s) for s in file.signers}
    _require(len(signers) == len(file.signers), "a key id stands twice")
    return Trust(
        log_vkeys=file.log_vkeys,
        signers=signers,
        witness_vkeys=file.witness_vkeys,
        witness_quorum=file.witness_quorum,
        pinned=tuple(Pin(p.size, b64.decode(p.root)) for p in file.pinned),
        tsa_roots=file.tsa_roots,
    )


def _trusted(signer: _Signer) -> TrustedSigner:
    foreign = [t for t in signer.predicateTypes if not t.startswith(SPEC)]
    _require(not foreign, f"{foreign} are no predicate types of govgate")
    return TrustedSigner(
        public=b64.decode(signer.ed25519),
        name=signer.name,
        kind=signer.role,
        kinds=frozenset(t.removeprefix(SPEC) for t in signer.predicateTypes),
        valid_from_index=signer.validFromIndex,
        revoked_at_index=signer.revokedAtIndex,
    )


def write_tlog_policy(trust: Trust) -> str:
    """Write the log part as other tools of transparency logs read it.

    That format has no end for a key: one that was retired is left out, or it would count for ever.

    Source: C2SP tlog-policy (https://c2sp.org/tlog-policy).
    """
    lines = [f"log {k.vkey}" for k in read_log_keys(trust.log_vkeys) if k.last_size is None]
    names = [f"w{number}" for number in range(1, len(trust.witness_vkeys) + 1)]
    lines += [f"witness {n} {v}" for n, v in zip(names, trust.witness_vkeys, strict=True)]
    if trust.witness_quorum:
        lines.append(f"group witnesses {trust.witness_quorum} {' '.join(names)}")
    lines.append("quorum witnesses" if trust.witness_quorum else "quorum none")
    return "\n".join(lines) + "\n"
