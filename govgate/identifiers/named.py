"""What only the name of its column tells, and what belongs to a person's things.

Source: ISO/IEC 29100 section 4.4 (attributes that identify); ISO 3779 (vehicles); 3GPP TS 23.003
(IMEI).
"""

import re
from datetime import date

from stdnum import imei

from govgate.identifiers.gates import CODES, DIGITS, DOTS
from govgate.identifiers.kind import Kind, checked, holds

_DAY = re.compile(
    r"(?P<y>\d{4})[-./]?(?P<m>\d{2})[-./]?(?P<d>\d{2})(?:[T ].{0,30})?"
    r"|(?P<d2>\d{1,2})[-./ ](?P<m2>\d{1,2})[-./ ](?P<y2>\d{2}|\d{4})"
)
_BORN = (1900, 2035)
"""Nobody in a table was born outside of these years."""

_PERSON = r"(?:first|last|given|family|full|middle|maiden|birth|sur|fore|legal|display)_?names?"
_WHO = r"(?:customer|client|patient|employee|person|contact|holder|owner|author|user|applicant)s?"
_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def _born(text: str, _regions: tuple[str, ...]) -> bool:
    found = _DAY.fullmatch(text)
    if not found:
        return False
    if found["y"]:
        return _is_day(int(found["y"]), int(found["m"]), int(found["d"]))
    year = int(found["y2"]) if len(found["y2"]) == 4 else 1900 + int(found["y2"])  # noqa: PLR2004
    one, other = int(found["d2"]), int(found["m2"])
    return _is_day(year, other, one) or _is_day(year, one, other)


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return _BORN[0] <= year <= _BORN[1]


def _vin(text: str, _regions: tuple[str, ...]) -> bool | None:
    vin = text.upper()
    if vin.isdigit() or vin.isalpha():
        return None
    total = sum(
        int(_VIN_VALUES.get(letter, letter)) * weight
        for letter, weight in zip(vin, _VIN_WEIGHTS, strict=True)
    )
    return vin[8] == "0123456789X"[total % 11]


def _precise(text: str, _regions: tuple[str, ...]) -> bool:
    north, east = (float(each) for each in re.findall(r"-?[0-9]+\.[0-9]+", text)[:2])
    return abs(north) <= 90 and abs(east) <= 180 and max(abs(north), abs(east)) > 1  # noqa: PLR2004


def _spoken(text: str, _regions: tuple[str, ...]) -> bool:
    words = text.replace(",", " ").split()
    return 0 < len(words) <= 6 and not all(word.islower() for word in words)  # noqa: PLR2004


KINDS = (
    Kind(
        name="person-name",
        named=rf"{_PERSON}|{_WHO}_?names?|vorname|nachname|familienname|prenom|nom_?(?:de_?)?famille"
        r"|apellidos?|cognome|sobrenome|voornaam|achternaam|imie|nazwisko|fornamn|efternamn",
        hinted=rf"^(?:names?|{_WHO}|nom|nombre|nome|naam|namn)$",
        loose=r"[^\W\d_](?:[^\W\d_]|[ .,'\u2019\-]){1,60}",
        loosely=_spoken,
    ),
    Kind(
        name="user-name",
        named=r"user_?name|login|screen_?name|nick(?:_?name)?|user_?handle|benutzername",
        loose=r"[\w.\-@]{3,40}",
        loosely=holds,
    ),
    Kind(
        name="postal-address",
        named=r"(?:street|postal|home|mailing|billing|shipping|residence)_?address(?:es)?|street"
        r"|strasse|anschrift|adresse|direccion|domicilio|indirizzo|endereco|adres|address_?line_?[12]?",
        hinted=r"^(?:address|location)$",
        loose=r"(?s)(?=.*\d)(?=.*[^\W\d_]{3}).{6,200}",
        loosely=holds,
    ),
    Kind(
        name="date-of-birth",
        named=r"(?:date_?of_?)?birth_?(?:day|date)?|dob|born(?:_?on)?|geburts(?:datum|tag)"
        r"|(?:date_?de_?)?naissance|(?:fecha_?de_?)?nacimiento|(?:data_?di_?)?nascita"
        r"|(?:data_?de_?)?nascimento|geboortedatum|data_?urodzenia",
        loose=r".{6,40}",
        loosely=_born,
    ),
    Kind(
        name="passport",
        named=r"passport(?:_?(?:number|no|id))?|reisepass(?:nummer)?|passeport|pasaporte|passaporto",
        loose=r"[A-Za-z0-9]{0,3}[0-9]{5,9}[A-Za-z0-9]?",
        loosely=holds,
    ),
    Kind(
        name="driving-licence",
        named=r"driv(?:er|ing)s?_?licen[cs]e(?:_?(?:number|no))?|fuhrerschein(?:nummer)?"
        r"|permis(?:_de_conduire)?",
        loose=r"(?=.*[0-9])[A-Za-z0-9 \-]{5,20}",
        loosely=holds,
    ),
    Kind(
        name="coordinates",
        form=r"-?[0-9]{1,2}\.[0-9]{4,15}(?:, ?|; ?| )-?[0-9]{1,3}\.[0-9]{4,15}",
        gate=DOTS,
        check=_precise,
        chance=0.5,
        named=r"coord(?:inate)?s?|gps|geo|lat_?(?:lon|lng|long)|position|geolocation|location",
        sure=False,
    ),
    Kind(
        name="latitude-or-longitude",
        named=r"lat(?:itude)?|lon(?:gitude)?|lng|breitengrad|laengengrad",
        loose=r"-?(?:1[0-7][0-9]|[0-9]{1,2})\.[0-9]{3,20}",  # three decimals are 110 metres
        loosely=holds,
    ),
    Kind(
        name="imei",
        form=r"(?:01|3[035]|4[459]|5[0-4]|86|9[189])[0-9]{13}",
        gate=DIGITS,
        check=checked(imei.validate),
        chance=0.1,
        named=r"imei",
        alone=False,
    ),
    Kind(
        name="device-id",
        named=r"device_?(?:id|uuid)|idfa|idfv|gaid|aaid|advertising_?id|android_?id|udid|cookie_?id",
        loose=r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{15,64}",
        loosely=holds,
    ),
    Kind(
        name="vehicle-number",
        form=r"(?i:[A-HJ-NPR-Z0-9]{8}[0-9X][A-HJ-NPR-Z0-9]{8})",
        gate=CODES,
        check=_vin,
        chance=1 / 11,
        named=r"vin|vehicle_?(?:id|identification)_?(?:number|no)?|chassis|fahrgestellnummer",
        loose=r"[A-HJ-NPR-Za-hj-npr-z0-9]{17}",
        loosely=holds,
    ),
)  # fmt: skip
