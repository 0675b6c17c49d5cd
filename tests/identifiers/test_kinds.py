"""Each kind: what has its form and is valid, what has the form only, what is something else."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from govgate.errors import EvidenceError
from govgate.identifiers.catalogue import KINDS, chosen, says, words_of
from govgate.identifiers.seen import FORM, VALID, look_for

BY_NAME = {kind.name: kind for kind in KINDS}
VALID_ONES = [
    ("email", "ann.smith+news@mail.example.co.uk"),
    ("email", "o'brien@example.org"),
    ("email", "jürgen@bücher.example"),
    ("email", "mailto:ann%40example.com"),
    ("phone", "+49 30 901820"),
    ("phone", "0049 30 901820"),
    ("phone", "(212) 736-5000"),
    ("phone", "212.736.5000"),
    ("phone", "212-736-5000 ext 12"),
    ("payment-card", "4111 1111 1111 1111"),
    ("payment-card", "378282246310005"),
    ("iban", "DE89 3704 0044 0532 0130 00"),
    ("iban", "gb82west12345698765432"),
    ("iban", "DE89 3704 0044 0532 0130 00 was charged"),
    ("bitcoin-address", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
    ("bitcoin-address", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
    ("ethereum-address", "0x52908400098527886E0F7030069857D2E4169EE7"),
    ("us-ssn", "536-90-4399"),
    ("us-itin", "912-90-3456"),
    ("uk-nhs", "943 476 5919"),
    ("uk-nino", "AB 12 34 56 C"),
    ("de-tax-id", "36 574 261 809"),
    ("fr-nir", "2 95 10 99 126 111 93"),
    ("es-dni", "54362315-K"),
    ("es-nie", "X-2482300W"),
    ("it-codice-fiscale", "RCCMNL83S18D969H"),
    ("nl-bsn", "111222333"),
    ("pl-pesel", "44051401359"),
    ("br-cpf", "390.533.447-05"),
    ("in-aadhaar", "2341 2341 2346"),
    ("in-pan", "ACUPA7085R"),
    ("ca-sin", "123-456-782"),
    ("ch-ahv", "756.9217.0769.85"),
    ("se-personnummer", "880320-0016"),
    ("be-rijksregister", "85.07.30-033.28"),
    ("fi-hetu", "131052-308T"),
    ("mx-curp", "BOXW310820HNERXN09"),
    ("tr-kimlik", "17291716060"),
    ("cn-identity", "360426199101010071"),
    ("jp-my-number", "628547212931"),
    ("ip-address", "203.0.113.7"),
    ("ipv6-address", "2001:db8:85a3::8a2e:370:7334"),
    ("mac-address", "00:1B:44:11:3A:B7"),
    ("url-with-user", "https://ann:secret@example.com/x"),
    ("url-with-user", "https://example.com/users/ann.smith"),
    ("url-with-user", "https://example.com/reset?token=1&email=ann"),
    ("coordinates", "52.52003, 13.40495"),
    ("imei", "356938035643809"),
    ("vehicle-number", "1M8GDM9AXKP042788"),
    ("aws-key", "AKIAIOSFODNN7EXAMPLE"),
    ("private-key", "-----BEGIN RSA PRIVATE KEY-----"),
    ("json-web-token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_-"),
    ("access-token", "ghp_" + "a1B2" * 9),
]
OTHERS = [
    ("email", "icon@2x.png"),
    ("email", "react@18.2.0"),
    ("email", "git@host"),
    ("email", "a@b..com"),
    ("phone", "2024-01-15 10"),
    ("phone", "15.01.2024"),
    ("phone", "4155552671"),  # digits alone are any number
    ("phone", "INV-2024-000123"),
    ("phone", "536-90-4399"),
    ("phone", "192.168.100.200"),
    ("payment-card", "4111 1111 1111 1112"),
    ("payment-card", "9111111111111111"),  # nobody issues these
    ("payment-card", "1234-4111-1111-1111-1111"),  # part of a longer number
    ("iban", "DE89 3704 0044 0532 0130 01"),
    ("us-ssn", "000-12-3456"),
    ("us-ssn", "666-12-3456"),
    ("us-ssn", "536-00-4399"),
    ("us-ssn", "1536-90-4399"),
    ("uk-nino", "BG 12 34 56 C"),
    ("fi-hetu", "131052-308U"),
    ("se-personnummer", "881320-0016"),
    ("be-rijksregister", "85.13.30-033.28"),
    ("ip-address", "1.2.3.4"),  # a version
    ("ip-address", "300.1.1.1"),
    ("ip-address", "1.2.3.4.50"),
    ("ipv6-address", "12:34:56"),
    ("ipv6-address", "std::fe"),
    ("mac-address", "00:1B:44:11:3A"),
    ("url-with-user", "https://example.com/items/1?page=2"),
    ("coordinates", "0.52003, 0.40495"),
    ("coordinates", "52.5, 13.4"),  # ten kilometres
    ("imei", "356938035643800"),
    ("vehicle-number", "1M8GDM9A0KP042788"),
    ("aws-key", "AKIAIOSFODNN7EXAMPL"),
    ("json-web-token", "eyJhbGciOiJIUzI1NiJ9.abc.def"),
]


@pytest.mark.parametrize(("kind", "text"), VALID_ONES)
def test_a_valid_one_is_seen_through_gate_and_sieve(kind, text):
    found = BY_NAME[kind]
    assert look_for(found, f"so {text}, then", ("US",)) & VALID
    cells = pa.array([text, f"so {text}, then", f'{{"a": "{text}"}}', f"x\n{text}\ny"])
    for expression in filter(None, (found.gate, found.sieved)):
        assert pc.all(pc.match_substring_regex(cells, expression)).as_py()


@pytest.mark.parametrize(("kind", "text"), OTHERS)
def test_something_else_is_not(kind, text):
    assert not look_for(BY_NAME[kind], f"so {text}, then", ("US",)) & VALID


def test_every_kind_with_a_form_has_an_example():
    assert {kind for kind, _ in VALID_ONES} == {kind.name for kind in KINDS if kind.form}


def test_no_two_kinds_share_a_name():
    assert len(BY_NAME) == len(KINDS)


def test_a_wrong_check_digit_has_the_form():
    assert look_for(BY_NAME["payment-card"], "4111111111111112", ()) == FORM


def test_what_is_of_another_form_is_no_match_at_all():
    # else it would count among those that chance made invalid
    assert look_for(BY_NAME["ip-address"], "300.1.1.1", ()) == 0
    assert look_for(BY_NAME["payment-card"], "9111111111111111", ()) == 0


def test_a_number_of_one_region_is_none_of_another():
    phone = BY_NAME["phone"]
    assert not look_for(phone, "030 901820", ("US",)) & VALID
    assert look_for(phone, "030 901820", ("US", "DE")) & VALID


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("E-Mail", "email"),
        ("customerEmail", "email"),
        ("EMAIL2", "email"),
        ("CORREO_ELECTRONICO", "email"),
        ("Telefonnummer (privat)", "phone"),
        ("dateOfBirth", "date-of-birth"),
        ("Geburtsdatum", "date-of-birth"),
        ("fecha de nacimiento", "date-of-birth"),
        ("Prénom", "person-name"),
        ("Numéro_Sécu", "fr-nir"),
        ("HTTPUserName", "user-name"),
        ("Straße", "postal-address"),
    ],
)
def test_a_name_speaks_several_languages(column, kind):
    assert says(column, BY_NAME[kind].named)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("emailed", "email"),
        ("file_name", "person-name"),
        ("singular", "ca-sin"),
        ("vinyl", "vehicle-number"),
    ],
)
def test_a_name_that_only_begins_alike_says_nothing(column, kind):
    assert not says(column, BY_NAME[kind].named)
    assert not says(column, BY_NAME[kind].hinted)


def test_words_are_plain():
    assert words_of("  customerEMail (work)") == "customer_e_mail_work"


def test_a_kind_that_is_not_there_is_refused():
    with pytest.raises(EvidenceError, match="no kind of identifier 'emial'; name some of"):
        chosen(("emial",))
