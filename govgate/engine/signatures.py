"""From people's signed statements to what the sign-off gate is shown.

Source: counting of distinct signers after The Update Framework, section 4.
"""

from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from govgate.canon import canonical
from govgate.errors import AuthorityError, LedgerError
from govgate.gates.sign_off import Signature, SignOffs
from govgate.ledger import open_envelope, read_statement
from govgate.policy import People
from govgate.records import Decision, Meaning, Package, SignOff


def sentence(package: Package, meaning: Meaning, role: str) -> str:
    """Say what a signer answers for; this very sentence is signed.

    Args:
        package: What is signed.
        meaning: Yes or no.
        role: The role signed in.
    """
    request = package.request
    where = f"to carry {', '.join(request.target.aliases)}" if request.target else "as it is"
    verb = "approve" if meaning is Meaning.APPROVAL else "reject"
    return (
        f"As {role} I {verb} {request.subject.name} ({request.subject.content}), trained by "
        f"{request.trained_by}, {where}, judged on {len(package.considered)} "
        f"measurements under policy {package.policy}; package {package.digest}."
    )


def verified_sign_offs(envelopes: Iterable[bytes], people: People) -> Iterator[SignOff]:
    """Yield the sign-offs whose signature is by the very person they name.

    Args:
        envelopes: DSSE envelopes of sign-off statements; anything else is refused.
        people: Whose keys count.

    Yields:
        Sign-offs, in the order given.

    Raises:
        AuthorityError: A statement is not a sign-off, or not signed by whom it names.
    """
    for envelope in envelopes:
        try:
            opened = open_envelope(envelope, people.public_keys)
            statement = read_statement(opened.statement)
            sign_off = SignOff.model_validate_json(canonical(statement.predicate.get("record")))
        except (LedgerError, ValidationError) as why:
            msg = f"a sign-off cannot be read: {why}; ask the signer to run `govgate sign` again"
            raise AuthorityError(msg) from why
        signers = {people.owner_of_key[k].id for k in opened.keyids}
        if statement.predicate_type != "sign-off/v1" or signers != {sign_off.signed_by}:
            msg = f"a sign-off names {sign_off.signed_by} but is signed by {sorted(signers)}"
            msg += "; ask the person named to sign with their own key"
            raise AuthorityError(msg)
        yield sign_off


def sign_offs_body(package: Package, signed: Iterable[SignOff], people: People) -> SignOffs:
    """Show the gate each signature whose signer holds the role it claims.

    Args:
        package: What had to be signed.
        signed: Sign-offs of this package, signatures checked.
        people: Who holds which role.
    """
    return SignOffs(
        package=package.digest,
        trained_by=package.request.trained_by,
        signatures=tuple(
            Signature(
                person=s.signed_by,
                role=s.role,
                meaning=s.meaning,
                package=s.package,
                signed_at=s.signed_at,
            )
            for s in sorted(signed, key=lambda s: s.digest)
            if people.holds(s.signed_by, s.role)
        ),
    )


def signers(decision: Decision, signed: Iterable[SignOff]) -> tuple[str, ...]:
    """Name who said yes to a decision's package, as "ada (model-owner)", sorted."""
    yes = (s for s in signed if s.digest in decision.sign_offs and s.meaning is Meaning.APPROVAL)
    return tuple(sorted({f"{s.signed_by} ({s.role})" for s in yes}))
