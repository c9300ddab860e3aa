"""Each recognizer alone: what it finds, and what is near it and passed over."""

from __future__ import annotations

import pytest
from presidio_analyzer import RecognizerRegistry

from vstk.anonymiser.finding import Deadline
from vstk.anonymiser.recognizers import RULES
from vstk.anonymiser.rule_runner import run_rules

from .recognizer_cases import PROSE_AND_LOG_CASES

BY_NAME = {rule.name: rule for rule in RULES}

# recognizer -> (text, what is found in it) ...; an empty tuple: passed over.
CASES: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    **PROSE_AND_LOG_CASES,
    "vstk_api_key": [
        ("use AKIAIOSFODNN7EXAMPLE now", ("AKIAIOSFODNN7EXAMPLE",)),
        ("ghp_" + "a1B2" * 9, ("ghp_" + "a1B2" * 9,)),
        ("glpat-abcdefghij0123456789", ("glpat-abcdefghij0123456789",)),
        ("xoxb-123456789012-abcdefGHIJ", ("xoxb-123456789012-abcdefGHIJ",)),
        ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", ("sk_live_4eC39HqLyjWDarjtT1zdp7dc",)),
        ("sk-proj-abcdefghijklmnopqrst12", ("sk-proj-abcdefghijklmnopqrst12",)),
        ("AIza" + "b" * 35, ("AIza" + "b" * 35,)),
        ("hf_" + "aB3" * 11, ("hf_" + "aB3" * 11,)),
        ("AKIA is a prefix", ()),
        ("sk-learn and sk_test", ()),
    ],
    "vstk_named_secret": [
        ("api_key = 9f8Kd03kfLs92kdPq", ("9f8Kd03kfLs92kdPq",)),
        ("Authorization: Bearer abc123DEF456ghi789", ("abc123DEF456ghi789",)),
        ("the access token is important here", ()),
        ("api_key = YOUR_API_KEY_HERE", ()),
    ],
    "vstk_random_string": [
        ("the hash 9e107d9d372bb6826bd81d3542a419d6", ("9e107d9d372bb6826bd81d3542a419d6",)),
        ("9e107d9d372bb6826bd81d3542a419d6", ()),
        ("Qm4xT9bR7kLw2" * 4, ("Qm4xT9bR7kLw2" * 4,)),
        ("a" * 60, ()),
        ("/usr/local/lib/python/site-packages/some/very/long/path/name", ()),
    ],
    "vstk_private_key": [
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIB\n-----END RSA PRIVATE KEY-----",
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIB\n-----END RSA PRIVATE KEY-----",),
        ),
        ("-----BEGIN CERTIFICATE-----", ()),
    ],
    "vstk_jwt": [
        ("eyJhbGciOiJIUzI1.eyJzdWIiOiIx.c2ln", ("eyJhbGciOiJIUzI1.eyJzdWIiOiIx.c2ln",)),
        ("eyJ and then nothing", ()),
    ],
    "vstk_password": [
        ("password: hunter2", ("hunter2",)),
        ("My password is Sunshine99!", ("Sunshine99",)),
        ("the pwd was 'correct horse'", ("correct horse",)),
        ("mein Passwort: geheim1", ("geheim1",)),
        ("password: required", ()),
        ("the password is incorrect", ()),
        ("password = input()", ()),
    ],
    "vstk_connection_string": [
        ("postgres://bob:s3cret@db.internal:5432/x", ("bob:s3cret@db.internal:5432/x",)),
        ("AccountKey=abcd1234efgh==;", ("abcd1234efgh==",)),
        ("Server=db1;User=sa;Password=hunter2", ("db1;User=sa;Password=hunter2",)),
        ("https://example.net/path", ()),
    ],
    "vstk_email_address": [
        ("mail jane.doe+x@mail.example.co.uk.", ("jane.doe+x@mail.example.co.uk",)),
        ("邮箱是li@qq.com。", ("邮箱是li@qq.com",)),
        ("people@renault says", ("people@renault",)),
        ("meet @ noon", ()),
        ("user@", ()),
    ],
    "vstk_email_spelled": [
        ("write john at gmail dot com", ("john at gmail dot com",)),
        ("jane [at] mail (dot) org", ("jane [at] mail (dot) org",)),
        ("look at this. com is a suffix", ()),
        ("we met at noon", ()),
    ],
    "vstk_phone_number": [
        ("+49 170 1234567", ("+49 170 1234567",)),
        ("(212) 555-0187 x12", ("(212) 555-0187 x12",)),
        ("call me on 5550187", ("5550187",)),
        ("01 23 45 67 89", ("01 23 45 67 89",)),
        ("手机13812345678谢谢", ("13812345678",)),
        ("my number is 555-0187", ("555-0187",)),
        ("in 1999-2004 and 2020-01-02", ()),
        ("1111111111", ()),
        ("pi is 3.14159265", ()),
    ],
    "vstk_username": [
        ("follow @jane_doe99", ("jane_doe99",)),
        ("username: tzack88", ("tzack88",)),
        ("u/some_redditor said", ("some_redditor",)),
        ("jane#1234 on discord", ("jane#1234",)),
        ("the username is required and the login is broken", ("required",)),
        ("a@b", ()),
    ],
    "vstk_account_name": [
        ("It is by tzack88.", ("tzack88",)),
        ("ask jane.miller about it", ("jane.miller",)),
        ("arm64 and sha256", ()),
        ("version_12", ()),
    ],
    "vstk_path_user": [
        (r"C:\Users\lidor\desktop", ("lidor",)),
        ("/home/anna/x", ("anna",)),
        ("/home/user/x", ()),
        ("/usr/bin/x", ()),
    ],
    "vstk_url": [
        ("see https://linkedin.com/in/jane-doe", ("https://linkedin.com/in/jane-doe",)),
        ("shop.acme.io is down", ("shop.acme.io",)),
        ("http://localhost:8000/x", ()),
        ("e.g. os.path and foo.py", ()),
    ],
    "vstk_ip_address": [
        ("from 10.0.0.12:80", ("10.0.0.12",)),
        ("fe80::1ff:fe23:4567:890a", ("fe80::1ff:fe23:4567:890a",)),
        ("version 1.2.3.456", ()),
        ("at 10:45:30", ()),
    ],
    "vstk_mac_address": [
        ("00:1B:44:11:3A:B7", ("00:1B:44:11:3A:B7",)),
        ("00:1B:44:11:3A", ()),
    ],
    "vstk_coordinates": [
        ("52.5200, 13.4050", ("52.5200, 13.4050",)),
        ("48°51'24\"N 2°21'03\"E", ("48°51'24\"N 2°21'03\"E",)),
        ("I am at 52.5200, 13.4050.", ("52.5200, 13.4050",)),
        ("99.5200, 13.4050", ()),
        ("1.5, 2.5", ()),
    ],
    "vstk_money": [
        ("she got 314.44 EUR", ("314.44 EUR",)),
        ("GBP 100", ("GBP 100",)),
        ("my salary is $4,500", ("$4,500",)),
        ("it costs $5", ()),
        ("100 apples", ()),
    ],
    "vstk_credit_card": [
        ("4111 1111 1111 1111", ("4111 1111 1111 1111",)),
        ("卡号4111111111111111已", ("4111111111111111",)),
        ("4111 1111 1111 1112", ()),
    ],
    "vstk_card_detail": [
        ("cvv 123", ("123",)),
        ("expires 04/27", ("04/27",)),
        ("card number: 1234 5678", ("1234 5678",)),
        ("a card game", ()),
    ],
    "vstk_iban_code": [
        ("my iban is ES4228754493800351588373 It was", ("ES4228754493800351588373",)),
        ("ES42 2875 4493 8003 5158 8373 have you", ("ES42 2875 4493 8003 5158 8373",)),
        ("MT84MALT011000012345MTLCAST001S", ("MT84MALT011000012345MTLCAST001S",)),
        (
            "MT84 MALT 0110 0001 2345 MTLC AST0 01S is mine",
            ("MT84 MALT 0110 0001 2345 MTLC AST0 01S",),
        ),
        (
            "SC18 SSCB 1101 0000 0000 0000 1497 USD for the house",
            ("SC18 SSCB 1101 0000 0000 0000 1497 USD",),
        ),
        ("DE89 3704 0044 0532 0130 00", ("DE89 3704 0044 0532 0130 00",)),
        ("DE89 3704 0044 0532 0130 01", ()),
    ],
    "vstk_bank_account": [
        ("account number 12345678", ("12345678",)),
        ("sort code: 12-34-56", ("12-34-56",)),
        ("the account was closed", ()),
    ],
    "vstk_crypto": [
        ("0x" + "a1" * 20, ("0x" + "a1" * 20,)),
        ("1BoatSLRHtKNngkdXEeobR76b53LETtpyT", ("1BoatSLRHtKNngkdXEeobR76b53LETtpyT",)),
        ("0x1234", ()),
    ],
    "vstk_uuid": [
        ("123e4567-e89b-12d3-a456-426614174000", ("123e4567-e89b-12d3-a456-426614174000",)),
        ("123e4567-e89b", ()),
    ],
    "vstk_id_number": [
        ("order number 1234567", ("1234567",)),
        ("application (no. 18403/91)", ("18403/91",)),
        ("CA-ID-7995726", ("CA-ID-7995726",)),
        ("What is your customer id? 44120987", ("44120987",)),
        ("in order to", ()),
        ("CVE-2021-44228 and ISO-27001", ()),
        ("case 12", ()),
    ],
    "vstk_vin": [
        ("1M8GDM9AXKP042788", ("1M8GDM9AXKP042788",)),
        ("1M8GDM9AXKP042789", ()),
    ],
    "vstk_vehicle": [
        ("my licence plate is B-AB 1234", ("B-AB 1234",)),
        ("AB12 CDE", ("AB12 CDE",)),
        ("the plate was broken", ()),
        ("ISO-9001", ()),
    ],
    "vstk_us_ssn": [
        ("123-45-6789", ("123-45-6789",)),
        ("ssn 123456789", ("123456789",)),
        ("666-45-6789", ()),
        ("123456789", ()),
    ],
    "vstk_street_address": [
        ("at 12 Baker Street, London", ("12 Baker Street, London",)),
        ("5 rue de la Paix, Paris", ("5 rue de la Paix, Paris",)),
        ("sta in Vicolo Stretto 8, 25121 Brescia", ("Vicolo Stretto 8, 25121 Brescia",)),
        ("Alter Weg 17, 29223 Celle", ("Alter Weg 17, 29223 Celle",)),
        ("P.O. Box 211", ("P.O. Box 211",)),
        ("calle Mayor 7", ("calle Mayor 7",)),
        ("the street was long", ()),
        ("12 people came", ()),
    ],
    "vstk_street_in_one_word": [
        ("in der Hauptstraße 12.", ("in der Hauptstraße 12",)),
        ("MOZARTGASSE 3b", ("MOZARTGASSE 3b",)),
        ("Mannerheimintie  7", ("Mannerheimintie  7",)),
        ("die lange Hauptstraße", ()),
        ("the ring of 1913 men", ()),
        ("version Ring 2.5", ()),
    ],
    "vstk_zip_code": [
        ("Springfield, IL 62704", ("62704",)),
        ("London NW1 6XE", ("NW1 6XE",)),
        ("K1A 0B1", ("K1A 0B1",)),
        ("12345 apples", ()),
    ],
    "vstk_place": [
        ("I live in Tupelo now", ("Tupelo",)),
        ("we live in peace", ()),
    ],
    "vstk_family": [
        ("a mother of three", ("mother of three",)),
        ("I am divorced.", ("divorced",)),
        ("#Married life with Jo", ("Married",)),
        ("he married well", ()),
    ],
    "vstk_date_of_birth": [
        ("born on 3 May 1985", ("3 May 1985",)),
        ("DOB: 03/05/1985", ("03/05/1985",)),
        ("born to run", ()),
    ],
    "vstk_age": [
        ("a 45-year-old woman", ("45-year-old",)),
        ("I am 29.", ("29",)),
        ("She is aged 34.", ("34",)),
        ("I am 200 km away", ()),
        ("the building is old", ()),
    ],
    "vstk_date_time": [
        ("on 2023-10-12", ("2023-10-12",)),
        ("31 May 1991", ("31 May 1991",)),
        ("in 1925", ("1925",)),
        ("le 3 mars 2020", ("3 mars 2020",)),
        ("x = 2048", ()),
        ("version 1.2.3", ()),
    ],
    "vstk_introduced": [
        ("my name is sara keller", ("sara keller",)),
        ("Dear Tomasz,", ("Tomasz",)),
        ("ich heiße Jana", ("Jana",)),
        ('{"name": "John Smith"}', ("John Smith",)),
        ("written by W. E. Olbermann", ("W. E. Olbermann",)),
        ("hi there, thanks again!", ()),
        ("my name is important to me", ()),
    ],
    "vstk_chinese_name": [
        ("我叫张伟，今年三十岁", ("张伟",)),
        ("王小明先生您好", ("王小明",)),
        ("李娜的手机", ("李娜",)),
        ("我叫了一辆出租车很久", ()),
        ("今天天气很好", ()),
    ],
    "vstk_titled": [
        ("ask Dr. Strange Love", ("Dr. Strange Love",)),
        ("Song et al. report", ("Song",)),
        ("the doctor is in", ()),
    ],
    "vstk_organization": [
        ("Kowalski Holdings Ltd", ("Kowalski Holdings Ltd",)),
        ("I work for Xyntera", ("Xyntera",)),
        ("a degree from JHU", ("JHU",)),
        ("I work for myself", ()),
        ("output from HTML", ()),
    ],
    "vstk_occupation": [
        ("she works as a primary school teacher in Izmir", ("primary school teacher",)),
        ("I'm a nurse.", ("nurse",)),
        ("a taxi driver by profession", ("taxi driver",)),
        ("Occupation: locksmith", ("locksmith",)),
        ("this function works as a filter", ()),
        ("it works as expected for the driver", ()),
    ],
    "vstk_amount": [
        ("a total of approximately SEK 10.6 million", ("approximately SEK 10.6 million",)),
        ("he paid 7,630,000 Turkish liras (TRL) for it", ("7,630,000 Turkish liras (TRL)",)),
        ("my salary is $54,200", ("$54,200",)),
        ("$x = 5000$ and 100 dollars", ()),
        ("costs $5 or 20 %", ()),
    ],
    "vstk_institution": [
        ("the Mersin Civil Court of First", ("Mersin Civil Court of First",)),
        ("Nuremberg Tax Court (Finanzgericht)", ("Nuremberg Tax Court (Finanzgericht)",)),
        ("the Supreme Court said so", ()),
    ],
    "vstk_spell": [
        ("between 3 March 1993 and 4 December 1994", ("between 3 March 1993 and 4 December 1994",)),
        ("on 30 May, 10 July and 17 October 1997", ("30 May, 10 July and 17 October 1997",)),
        ("in 1994, 1995 and 1997", ("1994, 1995 and 1997",)),
        ("between 3 and 4 of them may come", ()),
    ],
    "vstk_phone_elsewhere": [
        ("ruf mich an unter 089/123456", ("089/123456",)),
        ("bel me op 06 31415926", ("06 31415926",)),
        ("llámame al 612 34 56 78", ("612 34 56 78",)),
        ("liga-me para 912 345 678", ("912 345 678",)),
        ("es ist 0043 693 857673", ("0043 693 857673",)),
        ("es kostet 612 Euro", ()),
        ("3.14159265 und 2.718", ()),
    ],
    "vstk_plate_elsewhere": [
        ("mein Kennzeichen ist HH-X 428", ("HH-X 428",)),
        ("la mia targa è RD 381 KX", ("RD 381 KX",)),
        ("mi matrícula es 4821 BCD", ("4821 BCD",)),
        ("das Kennzeichen ist neu", ()),
    ],
    "vstk_age_elsewhere": [
        ("tengo 45 años", ("45",)),
        ("ich bin 45 Jahre alt", ("45",)),
        ("我今年49岁", ("49",)),
        ("45 años atrás", ()),
    ],
    "vstk_street_elsewhere": [
        ("Musterstraße 12", ("Musterstraße 12",)),
        ("ik woon aan de Keizersgracht 12", ("Keizersgracht 12",)),
        ("ich wohne in der Alte Gasse 7", ("Alte Gasse 7",)),
        ("北京市朝阳区梅兰路12号", ("北京市朝阳区梅兰路12号",)),
        ("Am Birkenhof 16", ("Am Birkenhof 16",)),
        ("Am Montag 12 Uhr", ()),
        ("12 Straßen in 5 Orten", ()),
    ],
    "vstk_chinese_id": [
        ("我的用户名是WPHV27", ("WPHV27",)),
        ("车牌是京S43111", ("京S43111",)),
        ("密码很重要", ()),
    ],
    "vstk_chinese_date": [("1954年1月11日出生", ("1954年1月11日",)), ("三年前", ())],
    "vstk_redacted": [
        ("ask <PRESIDIO_ANONYMIZED_PERSON>", ("<PRESIDIO_ANONYMIZED_PERSON>",)),
        ("List<STRING>", ()),
    ],
    "vstk_national_id_us_itin": [("912-70-1234", ("912-70-1234",)), ("912-10-1234", ())],
    "vstk_national_id_us_passport": [("passport 123456789", ("123456789",)), ("123456789", ())],
    "vstk_national_id_us_mbi": [("1EG4-TE5-MK73", ("1EG4-TE5-MK73",)), ("1EG4-TE5", ())],
    "vstk_national_id_us_npi": [("npi 1234567893", ("1234567893",)), ("npi 1234567890", ())],
    "vstk_national_id_uk_nino": [("AB 12 34 56 C", ("AB 12 34 56 C",)), ("BG 12 34 56 C", ())],
    "vstk_national_id_uk_nhs": [("NHS 943 476 5919", ("943 476 5919",)), ("NHS 943 476 5918", ())],
    "vstk_national_id_uk_driving": [
        ("MORGA657054SM9IJ", ("MORGA657054SM9IJ",)),
        ("MORGA699054SM9IJ", ()),
    ],
    "vstk_national_id_de_tax": [
        ("Steuer-ID 86095742719", ("86095742719",)),
        ("Steuer-ID 86095742710", ()),
    ],
    "vstk_national_id_de_card": [("Ausweis L01X00T47", ("L01X00T47",)), ("L01X00T47", ())],
    "vstk_national_id_de_pension": [
        ("65070803A013", ()),
        ("15070649C103", ("15070649C103",)),
    ],
    "vstk_national_id_fr_nir": [
        ("1 85 05 78 006 084 91", ("1 85 05 78 006 084 91",)),
        ("1 85 05 78 006 084 90", ()),
    ],
    "vstk_national_id_es_dni": [("DNI 12345678Z", ("12345678Z",)), ("12345678A", ())],
    "vstk_national_id_es_nie": [("X1234567L", ("X1234567L",)), ("X1234567A", ())],
    "vstk_national_id_it_fiscal": [
        ("RSSMRA85T10A562S", ("RSSMRA85T10A562S",)),
        ("RSSMRA85T10A562T", ()),
    ],
    "vstk_national_id_nl_bsn": [("bsn 111222333", ("111222333",)), ("bsn 111222334", ())],
    "vstk_national_id_pt_nif": [("NIF 123456789", ("123456789",)), ("NIF 123456788", ())],
    "vstk_national_id_br_cpf": [("529.982.247-25", ("529.982.247-25",)), ("529.982.247-26", ())],
    "vstk_national_id_cn_resident": [
        ("身份证11010519491231002X号", ("11010519491231002X",)),
        ("110105194912310021", ()),
    ],
    "vstk_national_id_be_national": [
        ("national number 85.07.30-033.28", ("85.07.30-033.28",)),
        ("national number 85.07.30-033.29", ()),
    ],
    "vstk_national_id_ch_ahv": [
        ("756.9217.0769.85", ("756.9217.0769.85",)),
        ("756.9217.0769.84", ()),
    ],
    "vstk_national_id_mx_curp": [
        ("HEGG560427MVZRRL04", ("HEGG560427MVZRRL04",)),
        ("HEGG560427MVZRRL05", ()),
    ],
    "vstk_national_id_pl_pesel": [
        ("PESEL 44051401359", ("44051401359",)),
        ("PESEL 44051401358", ()),
    ],
    "vstk_national_id_fi_hetu": [("131052-308T", ("131052-308T",)), ("131052-308A", ())],
    "vstk_national_id_se_personnummer": [
        ("811218-9876", ("811218-9876",)),
        ("811218-9875", ()),
    ],
    "vstk_national_id_in_aadhaar": [
        ("Aadhaar 2341 2341 2346", ("2341 2341 2346",)),
        ("Aadhaar 2341 2341 2345", ()),
    ],
    "vstk_national_id_in_pan": [("ABCPE1234F", ("ABCPE1234F",)), ("ABCXE1234F", ())],
    "vstk_national_id_au_tfn": [("TFN 876 543 210", ("876 543 210",)), ("TFN 876 543 211", ())],
    "vstk_national_id_au_medicare": [
        ("medicare 2123 45670 1", ("2123 45670 1",)),
        ("medicare 2123 45671 1", ()),
    ],
    "vstk_national_id_sg_fin": [("S1234567D", ("S1234567D",)), ("A1234567D", ())],
    "vstk_national_id_kr_rrn": [("900101-1234567", ("900101-1234567",)), ("901301-1234567", ())],
    "vstk_national_id_ca_sin": [("SIN 130 692 544", ("130 692 544",)), ("SIN 130 692 545", ())],
    "vstk_national_id_tr_kimlik": [
        ("kimlik 10000000146", ("10000000146",)),
        ("kimlik 10000000147", ()),
    ],
    "vstk_national_id_za_id": [("8001015009087", ("8001015009087",)), ("8001015009088", ())],
    "vstk_national_id_ie_pps": [("PPS 1234567FA", ("1234567FA",)), ("1234567FA", ())],
}


def found_by(name: str, text: str) -> set[str]:
    (findings,) = run_rules([BY_NAME[name]], [text], Deadline(10))
    return {text[finding.start : finding.end] for finding in findings}


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [(name, text, wanted) for name, cases in CASES.items() for text, wanted in cases],
)
def test_a_recognizer_finds_what_it_is_for_and_passes_over_what_is_near(name, text, wanted):
    found = found_by(name, text)

    assert found >= set(wanted) if wanted else not found


def test_every_recognizer_has_hits_and_near_misses_and_a_source():
    assert set(CASES) == set(BY_NAME)
    for name, cases in CASES.items():
        assert any(wanted for _, wanted in cases), name
        assert any(not wanted for _, wanted in cases), name
        assert BY_NAME[name].source, name


def test_an_answer_is_read_with_the_question_before_it():
    rule = BY_NAME["vstk_national_id_us_passport"]

    asked = run_rules([rule], ["What is your passport number?", "123456789"], Deadline(10))
    alone = run_rules([rule], ["How many are there?", "123456789"], Deadline(10))

    assert [len(found) for found in asked] == [0, 1]
    assert [len(found) for found in alone] == [0, 0]


def test_our_recognizers_work_in_a_registry_of_presidio():
    registry = RecognizerRegistry(recognizers=[BY_NAME["vstk_password"]])
    (recognizer,) = registry.get_recognizers(language="en", entities=["PASSWORD"])

    (result,) = recognizer.analyze("password: hunter2", entities=["PASSWORD"])

    assert (result.entity_type, result.start, result.end) == ("PASSWORD", 10, 17)
