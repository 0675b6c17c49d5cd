"""What people pay with: cards, accounts, coins.

Source: ISO/IEC 7812 (Luhn, issuer ranges), ISO 13616 (IBAN), Bitcoin base58check and BIP 173.
"""

import re

from stdnum import bitcoin, iban, luhn
from stdnum.exceptions import ValidationError

from govgate.identifiers.gates import CODES, DIGITS
from govgate.identifiers.kind import Kind, checked

_ISSUED = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
    r"|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}"
    r"|(?:5[06-9]|6\d)\d{10,17}"
)
"""Lengths and first digits of Visa, Mastercard, Amex, Diners, Discover, JCB, Maestro."""


def _card(text: str, _regions: tuple[str, ...]) -> bool | None:
    digits = text.replace(" ", "").replace("-", "")
    return luhn.is_valid(digits) if _ISSUED.fullmatch(digits) else None


def _iban(text: str, _regions: tuple[str, ...]) -> bool | None:
    groups = text.split(" ")
    # a word or number that follows may look like one more group
    tries = [" ".join(groups[:end]) for end in range(len(groups), max(0, len(groups) - 9), -1)]
    return any(map(_accounted, tries))


def _accounted(text: str) -> bool:
    try:
        iban.validate(text)
    except (ValidationError, ValueError):
        return False
    return True


KINDS = (
    Kind(
        name="payment-card",
        form=r"[0-9](?:[ \-]?[0-9]){11,18}",
        gate=DIGITS,
        check=_card,
        chance=0.1,
        named=r"(?:credit|debit|payment)_?card(?:_?(?:number|no|num))?|card_?(?:number|no|num)|cc|pan"
        r"|cc_?(?:number|num)|kreditkarte(?:nnummer)?|carte_bancaire|tarjeta",
    ),
    Kind(
        name="iban",
        form=r"(?i:[A-Z]{2}[0-9]{2}(?:[ \-]?[A-Z0-9]){11,34})",
        sieve=r"[A-Za-z]{2}[0-9]{2}[ \-]?[A-Za-z0-9]{1,4}[ \-]?[A-Za-z0-9]{1,4}[ \-]?[A-Za-z0-9]",
        gate=CODES,
        check=_iban,
        chance=1 / 97,
        named=r"iban|bank_?account|account_?(?:number|no)|konto(?:nummer)?|rekening|compte|cuenta",
    ),
    Kind(
        name="bitcoin-address",
        form=r"[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[02-9ac-hj-np-z]{11,71}",
        gate=CODES,
        check=checked(bitcoin.validate),
        chance=1e-9,
        named=r"btc|bitcoin|wallet",
    ),
    Kind(
        name="ethereum-address",
        form=r"0x[0-9a-fA-F]{40}",
        gate=CODES,
        named=r"eth(?:ereum)?|wallet",
    ),
)
