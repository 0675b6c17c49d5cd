"""Columns of known content, from two generators that know nothing of each other.

The first is Faker. The second is mimesis, and, for the numbers that it does not make, the
arithmetic of each number's law written out here, apart from what govgate checks with.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from faker import Faker
from mimesis import Generic
from mimesis.locales import Locale

from tests.identifiers.decoys import MADE, counter, decoy

Make = Callable[[], object]


@dataclass(frozen=True)
class Column:
    """One column, and what it holds."""

    name: str
    kind: str | None
    """None where it holds no identifier."""

    source: str
    """"faker", "hand" or "decoy"."""

    locale: str
    named: bool
    cells: list[str]

    @property
    def region(self) -> str:
        """Country whose telephone numbers may stand without "+"."""
        return self.locale.rpartition("_")[2] if "_" in self.locale else "US"


NAMES = {
    "email": "email",
    "phone": "phone",
    "payment-card": "card_number",
    "iban": "iban",
    "us-ssn": "ssn",
    "uk-nino": "nino",
    "uk-nhs": "nhs_number",
    "fr-nir": "numero_secu",
    "it-codice-fiscale": "codice_fiscale",
    "nl-bsn": "bsn",
    "pl-pesel": "pesel",
    "br-cpf": "cpf",
    "in-aadhaar": "aadhaar",
    "es-nie": "nie",
    "es-dni": "dni",
    "se-personnummer": "personnummer",
    "be-rijksregister": "rijksregisternummer",
    "fi-hetu": "hetu",
    "ch-ahv": "ahv",
    "ca-sin": "sin",
    "tr-kimlik": "tckn",
    "cn-identity": "national_id",
    "ip-address": "ip_address",
    "ipv6-address": "ipv6",
    "mac-address": "mac",
    "imei": "imei",
    "vehicle-number": "vin",
    "url-with-user": "profile_url",
    "json-web-token": "token",
    "ethereum-address": "wallet",
    "person-name": "full_name",
    "postal-address": "street_address",
    "date-of-birth": "date_of_birth",
    "passport": "passport_number",
    "user-name": "username",
}
"""Kind to what its column is called, where it is called something."""

ONLY_NAMED = {"person-name", "postal-address", "date-of-birth", "passport", "user-name"}

LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL", "pt_BR", "en_IN")
_SSN = {
    "en_US": "us-ssn", "fr_FR": "fr-nir", "it_IT": "it-codice-fiscale",
    "nl_NL": "nl-bsn", "pl_PL": "pl-pesel", "sv_SE": "se-personnummer", "nl_BE": "be-rijksregister",
    "fi_FI": "fi-hetu", "de_CH": "ch-ahv", "en_CA": "ca-sin", "tr_TR": "tr-kimlik",
    "zh_CN": "cn-identity",
}  # fmt: skip
"""What Faker's `ssn` makes in each locale, where it makes the country's own number. Its British
ones are of no prefix that is given out, and its Indian ones have no check digit of the law."""


def _fakers(locale: str, seed: int) -> dict[str, Make]:
    fake = Faker(locale)
    fake.seed_instance(seed)
    made: dict[str, Make] = {}
    if locale in LOCALES:
        made |= {
            "email": fake.email,
            "phone": fake.phone_number,
            "payment-card": fake.credit_card_number,
            "person-name": fake.name,
            "postal-address": lambda: fake.address().replace("\n", ", "),
        }
    if locale in LOCALES and locale != "en_IN":  # whose IBANs lack a digit
        made["iban"] = fake.iban
    if locale == "en_US":
        made |= {
            "ip-address": fake.ipv4,
            "ipv6-address": fake.ipv6,
            "mac-address": fake.mac_address,
            "vehicle-number": fake.vin,
            "date-of-birth": fake.date_of_birth,
            "passport": fake.passport_number,
            "user-name": fake.user_name,
            "url-with-user": lambda: f"https://example.com/users/{fake.user_name()}",
        }
    other = {"pt_BR": ("br-cpf", "cpf"), "es_ES": ("es-nie", "nie")}
    if locale in other:
        made[other[locale][0]] = getattr(fake, other[locale][1])
    if locale in _SSN:
        made[_SSN[locale]] = fake.ssn
    return made


def _by_hand(locale: str, seed: int) -> dict[str, Make]:
    code = {"en_US": "en", "en_GB": "en-gb", "pt_BR": "pt-br", "en_IN": "en"}
    any_of = Generic(Locale(code.get(locale, locale[:2])), seed=seed)
    draw = random.Random(f"{locale} {seed}")  # noqa: S311 -- must come out alike each time
    made: dict[str, Make] = {
        "email": any_of.person.email,
        "person-name": any_of.person.full_name,
        "postal-address": any_of.address.address,
    }
    if locale != "en_IN":
        made["phone"] = any_of.person.phone_number
    if locale == "en_US":
        made |= {
            "payment-card": any_of.payment.credit_card_number,
            "ip-address": any_of.internet.ip_v4,
            "ipv6-address": any_of.internet.ip_v6,
            "mac-address": any_of.internet.mac_address,
            "imei": any_of.code.imei,
            "json-web-token": any_of.cryptographic.jwt,
            "ethereum-address": any_of.payment.ethereum_address,
            "date-of-birth": any_of.person.birthdate,
            "user-name": any_of.person.username,
            "us-ssn": partial(_ssn, draw),
            "iban": partial(_iban, draw),
        }
    return made | {kind: partial(make, draw) for kind, make in _LAWS.get(locale, {}).items()}


def _some(draw: random.Random, count: int) -> list[int]:
    return [draw.randrange(10) for _ in range(count)]


def _ssn(draw: random.Random) -> str:
    area = draw.choice([each for each in range(1, 900) if each != 666])
    return f"{area:03}-{draw.randrange(1, 100):02}-{draw.randrange(1, 10000):04}"


def _iban(draw: random.Random) -> str:
    account = "".join(map(str, _some(draw, 18)))
    check = 98 - int(f"{account}131400") % 97
    whole = f"DE{check:02}{account}"
    return " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))


def _nhs(draw: random.Random) -> str:
    while True:
        digits = [draw.choice((4, 6, 7)), *_some(draw, 8)]
        check = -sum(each * (10 - at) for at, each in enumerate(digits)) % 11
        if check < 10:
            text = "".join(map(str, [*digits, check]))
            return f"{text[:3]} {text[3:6]} {text[6:]}"


def _nir(draw: random.Random) -> str:
    body = f"{draw.choice('12')}{draw.randrange(40, 99)}{draw.randrange(1, 13):02}"
    body += f"{draw.randrange(1, 95):02}{draw.randrange(1, 990):03}{draw.randrange(1, 999):03}"
    return f"{body}{97 - int(body) % 97:02}"


def _dni(draw: random.Random) -> str:
    number = draw.randrange(10**6, 10**8)
    return f"{number:08}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


def _bsn(draw: random.Random) -> str:
    while True:
        digits = [draw.randrange(1, 10), *_some(draw, 7)]
        check = sum(each * (9 - at) for at, each in enumerate(digits)) % 11
        if check < 10:
            return "".join(map(str, [*digits, check]))


def _pesel(draw: random.Random) -> str:
    body = f"{draw.randrange(40, 100)}{draw.randrange(1, 13):02}{draw.randrange(1, 29):02}"
    body += f"{draw.randrange(10**4):04}"
    return body + str(-sum(int(d) * w for d, w in zip(body, [1, 3, 7, 9] * 3, strict=False)) % 10)


def _cpf(draw: random.Random) -> str:
    digits = _some(draw, 9)
    for length in (10, 11):
        rest = sum(each * (length - at) for at, each in enumerate(digits)) % 11
        digits.append(0 if rest < 2 else 11 - rest)
    text = "".join(map(str, digits))
    return f"{text[:3]}.{text[3:6]}.{text[6:9]}-{text[9:]}"


def _tax_id(draw: random.Random) -> str:
    """German: of ten digits one stands twice; ISO 7064 mod 11, 10."""
    nine = draw.sample(range(10), 9)
    spare = next(each for each in range(10) if each not in nine)
    digits = [*nine, draw.choice(nine)]
    draw.shuffle(digits)
    if digits[0] == 0:
        digits[0], digits[1] = (digits[1], digits[0]) if digits[1] else (spare, digits[1])
    product = 10
    for each in digits:
        product = ((each + product) % 10 or 10) * 2 % 11
    return "".join(map(str, digits)) + str((11 - product) % 10)


def _nino(draw: random.Random) -> str:
    first = "".join(draw.choice("ACEHJLMPRSWXY") for _ in range(2))
    return f"{first} {draw.randrange(10**6):06} {draw.choice('ABCD')}"


def _aadhaar(draw: random.Random) -> str:
    """Verhoeff's digit: the one at which walking the dihedral group of ten ends at 0."""
    digits = [draw.randrange(2, 10), *_some(draw, 10)]
    return "".join(map(str, digits)) + next(
        str(last) for last in range(10) if _walked([*digits, last]) == 0
    )


def _walked(digits: list[int]) -> int:
    at = 0
    for place, digit in enumerate(reversed(digits)):
        at = _turned(at, _permuted(digit, place % 8))
    return at


def _permuted(digit: int, times: int) -> int:
    for _ in range(times):
        digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]
    return digit


def _turned(one: int, other: int) -> int:
    """Multiply in the dihedral group of ten: below 5 are turns, from 5 on are mirrors."""
    turned = (one - other if one >= 5 else one + other) % 5
    return turned + 5 if (one >= 5) != (other >= 5) else turned


_LAWS: dict[str, dict[str, Callable[[random.Random], str]]] = {
    "en_GB": {"uk-nhs": _nhs, "uk-nino": _nino},
    "fr_FR": {"fr-nir": _nir},
    "es_ES": {"es-dni": _dni},
    "nl_NL": {"nl-bsn": _bsn},
    "pl_PL": {"pl-pesel": _pesel},
    "pt_BR": {"br-cpf": _cpf},
    "de_DE": {"de-tax-id": _tax_id},
    "en_IN": {"in-aadhaar": _aadhaar},
}
NAMES["de-tax-id"] = "steuer_id"


def columns(sizes: tuple[int, ...], seeds: range) -> Iterator[Column]:
    """Make all columns: each kind with a telling name and without, then the decoys."""
    makers = (("faker", _fakers, (*LOCALES, *sorted({*_SSN} - {*LOCALES}))),)
    makers += (("hand", _by_hand, LOCALES),)
    for seed in seeds:
        for source, maker, locales in makers:
            for locale in locales:
                for kind, make in maker(locale, seed).items():
                    for rows in sizes:
                        cells = [str(make()) for _ in range(rows)]
                        yield Column(NAMES[kind], kind, source, locale, named=True, cells=cells)
                        if kind not in ONLY_NAMED:
                            yield Column("c17", kind, source, locale, named=False, cells=cells)
        for rows in sizes:
            for name in MADE:
                cells = decoy(name, rows, seed)
                yield Column(name, None, "decoy", "", named=True, cells=cells)
                yield Column("c17", None, "decoy", "", named=False, cells=cells)
            yield Column("c17", None, "decoy", "", named=False, cells=counter(rows, seed))
