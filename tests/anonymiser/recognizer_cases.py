"""What the recognizers for prose, logs and speech find, and what is near it and passed over."""

from __future__ import annotations

PROSE_AND_LOG_CASES: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    "vstk_said_password": [
        ("the guest wifi pass is Marble61", ("Marble61",)),
        ("ma clave es Luna#Verde", ("Luna#Verde",)),
        ("pw: tall-Otter-4", ("tall-Otter-4",)),
        ("sign in with dora / Kiln8stone", ("Kiln8stone",)),
        ("how do I reset my password when it is expired", ()),
        ("the password policy is strict", ()),
    ],
    "vstk_passphrase": [
        ("passphrase: violet anchor toast pillow", ("violet anchor toast pillow",)),
        ("security answer: Pickles", ("Pickles",)),
        ("a passphrase is longer than a password", ()),
    ],
    "vstk_bare_password": [
        ("he still uses Lentil-Soup!77 there", ("Lentil-Soup!77",)),
        ("the C#12 compiler and R&D", ()),
    ],
    "vstk_one_time_code": [
        ("otp 664120 came twice", ("664120",)),
        ("your verification code is 310 882", ("310 882",)),
        ("door code 5520#", ("5520#",)),
        ("the error code 1045 means access denied", ()),
        ("exit code 137", ()),
    ],
    "vstk_command_line": [
        ("sshpass -p Marble61 ssh root@db", ("Marble61",)),
        ("PGPASSWORD=tall-Otter-4 psql", ("tall-Otter-4",)),
        ("mysql -uroot -pKiln8stone shop", ("Kiln8stone",)),
        ("mkdir -p build/output", ()),
        ("PASSWORD=$SECRET", ()),
    ],
    "vstk_secret_header": [
        ("Authorization: Basic ZG9yYTpLaWxuOHN0b25l", ("ZG9yYTpLaWxuOHN0b25l",)),
        ("basic authorization is enough", ()),
    ],
    "vstk_log_account": [
        (r"locked: ORCHARD\dquince at noon", (r"ORCHARD\dquince",)),
        ("uid=1007(dquince) gid=100", ("dquince",)),
        ("sudo:   dquince : TTY=pts/2", ("dquince",)),
        ("ssh dquince@172.16.4.4", ("dquince",)),
        ("uid=0(root) gid=0", ()),
    ],
    "vstk_said_account": [
        ("she logs in as quince_dora", ("quince_dora",)),
        ("the account d.quince is locked", ("d.quince",)),
        ("log in as usual", ()),
    ],
    "vstk_host": [
        ("laptop LT-DQUINCE-04 is slow", ("LT-DQUINCE-04",)),
        ("it is orc-nb-19 again", ("orc-nb-19",)),
        ("see CVE-2024-31337 and UTF-16", ()),
        ("Wi-Fi 6 on the 2nd floor", ()),
    ],
    "vstk_cued_host": [
        ("the database host is db-orc-02", ("db-orc-02",)),
        ("the host is kind", ()),
    ],
    "vstk_internal_host": [
        ("ping build3.orchard.internal", ("build3.orchard.internal",)),
        ("self.test and app.home", ()),
    ],
    "vstk_national_phone": [
        ("I am on 07700 900461 after six", ("07700 900461",)),
        ("reach us: 98401 22334", ("98401 22334",)),
        ("from 2019 2020 to 12.05.2021", ()),
        ("1 000 000 people", ()),
    ],
    "vstk_extension": [
        ("call ext 4471 please", ("4471",)),
        ("the extension .docx", ()),
    ],
    "vstk_honorific": [
        ("a note for Tsukuda-san", (["Tsukuda", "san"][0],)),
        ("Smt. Revathi Kannan came", ("Revathi Kannan",)),
        ("the Grand-san house", ()),
    ],
    "vstk_spoken_number": [
        ("it is oh two double four nine one seven", ("oh two double four nine one seven",)),
        ("one or two of three", ()),
    ],
    "vstk_spelled_word": [
        ("that is Q U I N C E", ("Q U I N C E",)),
        ("plan A or B", ()),
    ],
    "vstk_spoken_date": [
        ("born on march ninth nineteen fifty two", ("march ninth nineteen fifty two",)),
        ("in twenty minutes", ()),
    ],
    "vstk_spoken_email": [
        (
            "dora punto quince chiocciola orto punto example",
            ("dora punto quince chiocciola orto punto example",),
        ),
        ("la chiocciola mangia", ()),
    ],
    "vstk_long_number": [
        ("it was 402871563921 yesterday", ("402871563921",)),
        ("the barcode 4006381333931", ()),
        ("at 1700000000 sharp", ()),
    ],
    "vstk_lettered_number": [
        ("his permit 13QX00284 expired", ("13QX00284",)),
        ("install KB5034441 now", ()),
    ],
    "vstk_bic": [
        ("BIC MARKDEF1100", ("MARKDEF1100",)),
        ("swift answers", ()),
    ],
}
