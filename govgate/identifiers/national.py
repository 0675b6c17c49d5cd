"""Numbers that states give to people.

Source: python-stdnum, which names the law of each; chance is one over the number of values
that the check digits can have, or for numbers without any, the share that the ranges leave.
"""

import re
from datetime import date

from stdnum import luhn
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.ch import ssn as ahv
from stdnum.cn import ric
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.in_ import aadhaar, pan
from stdnum.it import codicefiscale
from stdnum.jp import in_ as my_number
from stdnum.mx import curp
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.tr import tckimlik
from stdnum.us import itin, ssn

from govgate.identifiers.gates import CODES, DIGITS
from govgate.identifiers.kind import Check, Kind, checked

_ID = r"national_?(?:id|number|no)|identity_?(?:number|no)|personal_?(?:id|number|no)"
_TAX = r"tax_?(?:id|number|no|payer)"
_NINO = re.compile(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]")


def _nino(text: str, _regions: tuple[str, ...]) -> bool:
    return bool(_NINO.fullmatch(text.replace(" ", "").upper()))


def _padded(digits: int, check: Check) -> Check:
    """Read a number whose leading zeros were lost when somebody took it for an integer."""
    return lambda text, regions: check(text.zfill(digits), regions)


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _personnummer(text: str, _regions: tuple[str, ...]) -> bool | None:
    # python-stdnum asks what day it is; the same column must be decided alike on every day.
    digits = re.sub(r"\D", "", text)[-10:]
    # a coordination number adds 60 to the day
    day = int(digits[4:6]) % 60
    if not _is_day(2000 + int(digits[:2]), int(digits[2:4]), day):
        return None
    return luhn.is_valid(digits)


def _rijksregister(text: str, _regions: tuple[str, ...]) -> bool | None:
    digits = re.sub(r"\D", "", text)
    if not _is_day(2000, int(digits[2:4]), int(digits[4:6])):
        return None
    return any(97 - int(born + digits[:9]) % 97 == int(digits[9:]) for born in ("", "2"))


def _digits(name: str, form: str, check: Check, chance: float, named: str, **more: bool) -> Kind:
    sure, alone = more.get("sure", True), more.get("alone", False)
    return Kind(
        name=name, form=form, gate=DIGITS, check=check, chance=chance, named=named,
        sure=sure, alone=alone,
    )  # fmt: skip


def _mixed(name: str, form: str, check: Check, chance: float, named: str) -> Kind:
    return Kind(name=name, form=f"(?i:{form})", gate=CODES, check=check, chance=chance, named=named)


KINDS = (
    Kind(
        name="us-ssn",
        form=r"[0-9]{3}-[0-9]{2}-[0-9]{4}",
        gate=DIGITS,
        check=checked(ssn.validate, ranges=True),
        chance=0.89,
        named=r"ssn|social_?security(?:_?(?:number|no))?",
        hinted=_TAX,
        loose=r"[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}|[0-9]{7,8}",
        loosely=_padded(9, checked(lambda text: ssn.validate(text.replace(" ", "")), ranges=True)),
    ),
    _digits("us-itin", r"9[0-9]{2}-?[0-9]{2}-?[0-9]{4}", checked(itin.validate, ranges=True), 0.44,
            rf"itin|{_TAX}", sure=False),
    _digits("uk-nhs", r"[0-9]{3}[ \-]?[0-9]{3}[ \-]?[0-9]{4}", checked(nhs.validate), 1 / 11,
            r"nhs(?:_?(?:number|no))?", sure=False),  # ISBN-10 has the same check digit
    _mixed("uk-nino", r"[A-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-Z]", _nino, 0.1,
           r"nino?|national_?insurance(?:_?(?:number|no))?"),
    _digits("de-tax-id", r"[1-9][0-9] ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}", checked(idnr.validate), 0.1,
            r"steuer_?(?:id|identifikationsnummer|nummer)|idnr"),
    _digits("fr-nir",
            r"[12] ?[0-9]{2} ?[0-9]{2} ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}",
            checked(nir.validate), 1 / 97, r"nir|insee|(?:numero_?)?secu(?:rite_sociale)?",
            alone=True),
    _mixed("es-dni", r"[0-9]{8}[ \-]?[A-Z]", checked(dni.validate), 1 / 23, r"dni|nif"),
    _mixed("es-nie", r"[XYZ][ \-]?[0-9]{7}[ \-]?[A-Z]", checked(nie.validate), 1 / 23, r"nie"),
    _mixed("it-codice-fiscale",
           r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]",
           checked(codicefiscale.validate), 1 / 26, r"codice_?fiscale|cf"),
    _digits("nl-bsn", r"[0-9]{9}|[0-9]{4}\.[0-9]{2}\.[0-9]{3}", checked(bsn.validate), 1 / 11,
            r"bsn|burgerservicenummer|sofi(?:nummer)?", sure=False),  # companies' have the same
    _digits("pl-pesel", r"[0-9]{11}", checked(pesel.validate), 0.1, r"pesel"),
    _digits("br-cpf", r"[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}-?[0-9]{2}", checked(cpf.validate), 0.01,
            r"cpf", alone=True),
    _digits("in-aadhaar", r"[2-9][0-9]{3}[ \-]?[0-9]{4}[ \-]?[0-9]{4}", checked(aadhaar.validate),
            0.1, r"aadhaar|aadhar|uidai"),
    _mixed("in-pan", r"[A-Z]{5}[0-9]{4}[A-Z]", checked(pan.validate, ranges=True), 0.39, r"pan"),
    _digits("ca-sin", r"[0-9]{3}[ \-]?[0-9]{3}[ \-]?[0-9]{3}", checked(sin.validate), 0.1,
            r"sin|social_insurance(?:_?(?:number|no))?", sure=False),  # French firms' too
    _digits("ch-ahv", r"756\.?[0-9]{4}\.?[0-9]{4}\.?[0-9]{2}", checked(ahv.validate), 0.1,
            r"ahv|avs|oasi", alone=True),
    _digits("se-personnummer", r"(?:19|20)?[0-9]{6}[-+]?[0-9]{4}", _personnummer, 0.1,
            r"personnummer|pnr"),
    _digits("be-rijksregister", r"[0-9]{2}\.?[0-9]{2}\.?[0-9]{2}[-.]?[0-9]{3}[-.]?[0-9]{2}",
            _rijksregister, 2 / 97, r"rijksregister(?:nummer)?|registre_national|niss|insz"),
    _mixed("fi-hetu", r"[0-9]{6}[-+ABCDEFYXWVU][0-9]{3}[0-9A-Y]", checked(hetu.validate), 1 / 31,
           r"hetu|henkilotunnus"),
    _mixed("mx-curp", r"[A-Z]{4}[0-9]{6}[HMX][A-Z]{5}[0-9A-Z][0-9]", checked(curp.validate), 0.1,
           r"curp"),
    _digits("tr-kimlik", r"[1-9][0-9]{10}", checked(tckimlik.validate), 0.01,
            r"tc_?kimlik(?:_?no)?|tckn"),
    _digits("cn-identity", r"[1-9][0-9]{16}[0-9Xx]", checked(ric.validate), 1 / 11,
            rf"{_ID}|shenfenzheng"),
    _digits("jp-my-number", r"[0-9]{12}", checked(my_number.validate), 0.1, r"my_?number",
            sure=False),
)  # fmt: skip
