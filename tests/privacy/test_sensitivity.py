"""Adding or removing one unit moves no vector by more than its noise is scaled to.

Random logs with hostile features (equal openings, shared thread ids, ids in several forms,
histories that grow) go through the real code from the file to the sums. A neighbour lacks
every record of one unit.
"""

import random

import pytest

from vstk.anonymiser import canonical_id

from .neighbours import rules, vectors, worst_ratio

TOLERANCE = 1 + 1e-9

FORMS = (
    str, str, str.upper, str.title, "mailto:{}".format, " {} ".format, "{}\u200b".format,
)  # fmt: skip


def turns(chance, length):
    opening = chance.choice(["hello", "hello", f"question {chance.randrange(10**6)}"])
    for at in range(length):
        said = opening if at == 0 else f"more {chance.randrange(3)}"
        yield {"role": "user", "content": said}
        yield {"role": "assistant", "content": "Hi." if at == 0 else "Sure."}


def chat(chance, number, user=None, *, thread=0.2, length=None):
    record = {
        "id": f"r{number}",
        "created_at": f"2026-0{chance.randrange(7, 10)}-0{chance.randrange(1, 9)}T10:00:00Z",
        "messages": list(turns(chance, length or chance.choice([1, 1, 2]))),
    }
    if user is not None:
        record["user"] = user
    if chance.random() < thread:
        record["conversation_id"] = f"t{chance.randrange(6)}"
    return record


def people(chance):
    """People with accounts, whose ids a log writes in several forms."""
    return {
        "log.jsonl": [
            chat(chance, n, chance.choice(FORMS)(f"user{chance.randrange(8)}"))
            for n in range(chance.randrange(4, 30))
        ]
    }


def mixed(chance):
    """Accounts, API keys, network addresses and records without any id."""
    found = []
    for n in range(chance.randrange(6, 30)):
        record = chat(chance, n)
        record |= chance.choice(
            [
                {"user": f"user{chance.randrange(5)}"},
                {"user": f"user{chance.randrange(5)}"},
                {"api_key": f"key-{chance.randrange(3)}"},
                {"hashed_ip": f"10.0.0.{chance.randrange(3)}"},
                {"user": "\u200b"},
                {},
            ]
        )
        found.append(record)
    return {"log.jsonl": found}


def nobody(chance):
    """No ids of people at all; many conversations have the same short beginning."""
    short = [chat(chance, n, length=1) for n in range(chance.randrange(4, 25))]
    longer = [chat(chance, 100 + n, length=2, thread=0) for n in range(chance.randrange(1, 3))]
    return {"log.jsonl": short + longer}


def one_person(chance):
    """One or two people with many conversations that begin alike."""
    log = nobody(chance)
    for record in log["log.jsonl"]:
        record["user"] = chance.choice(["anna", "anna", "Anna", "bert"])
    return log


def growing(chance):
    """Each call carries the history so far; some threads name themselves, others do not."""
    found = []
    for thread in range(chance.randrange(3, 9)):
        user, named = f"user{chance.randrange(4)}", chance.random() < 0.5
        whole = list(turns(chance, chance.randrange(1, 5)))
        for end in range(2, len(whole) + 1, 2):
            record = {
                "id": f"r{thread}-{end}",
                "user": user,
                "created_at": f"2026-08-01T10:{end:02d}:00Z",
                "messages": whole[:end],
            }
            if named:
                # Different people may use the same thread id.
                record["conversation_id"] = f"t{thread % 3}"
            found.append(record)
    chance.shuffle(found)
    return {"log.jsonl": found}


def two_formats(chance):
    """A chat log beside rows of a data set, with the same people in both."""
    chats = [chat(chance, n, f"user{chance.randrange(6)}") for n in range(chance.randrange(3, 15))]
    rows = [
        {
            "conversation_hash": f"h{n}",
            "conversation": list(turns(chance, 1)),
            "user": f"USER{chance.randrange(6)}",
            "timestamp": "2026-08-01T10:00:00Z",
        }
        for n in range(chance.randrange(3, 15))
    ]
    return {"a.jsonl": chats, "b.jsonl": rows}


def teams(chance):
    """People who work in several teams, of which the policy declares two."""
    log = people(chance)
    for record in log["log.jsonl"]:
        record["team"] = chance.choice(["sales", "law", "law", "unheard of"])
    return log


def person(record):
    return canonical_id(record.get("user") or "") or None


def conversation(record):
    name = record.get("conversation_id") or record.get("id") or record["conversation_hash"]
    return person(record), name


def weak(record):
    """Records without an account: each is set aside by itself, so any may be removed."""
    return None if person(record) else f"weak {record['id']}"


SEGMENTS = {
    "segments": {"team": ["sales", "law"], "period": ["2026-Q3"]},
    "tables": [
        {"name": "tasks", "budget_share": 1},
        {"name": "ai_categories", "budget_share": 1, "by": "team"},
        {"name": "subjectivity", "budget_share": 1, "by": "period"},
    ],
}

CASES = {
    "people with accounts": (people, person, {}, 1),
    "mixed and missing ids": (mixed, person, {}, 1),
    "mixed ids, keys count as people": (mixed, person, {"weakest_id": "ip_hash"}, 1),
    "growing threads": (growing, person, {}, 1),
    "two formats": (two_formats, person, {}, 1),
    "a sample": (people, person, {}, 2),
    "segments": (teams, person, SEGMENTS, 1),
    "conversations of people with accounts": (
        one_person, conversation, {"unit": "conversation"}, 1,
    ),
    "conversations without ids": (nobody, conversation, {"unit": "conversation"}, 1),
    "a sample of conversations": (one_person, conversation, {"unit": "conversation"}, 2),
}  # fmt: skip


def without(files, unit, group):
    return {
        name: [record for record in records if group(record) != unit]
        for name, records in files.items()
    }


def try_neighbours(case, count):
    """Compare so many pairs of neighbours; returns the worst ratio."""
    log, group, privacy, one_in = CASES[case]
    policy, chance = rules(**privacy), random.Random(case)
    tried, worst = 0, 0.0
    while tried < count:
        files = log(chance)
        units = {group(record) for records in files.values() for record in records} - {None}
        if not units:
            continue
        base = vectors(files, policy, one_in=one_in)
        for unit in chance.sample(sorted(units, key=repr), min(3, len(units))):
            other = vectors(without(files, unit, group), policy, one_in=one_in)
            worst = max(worst, worst_ratio(base, other))
            tried += 1
    return worst


INHERITED = pytest.mark.xfail(
    reason="a record without an id takes the person last named in its thread: another person "
    "who joins the thread can take it over",
    strict=True,
)
SHARED_THREADS = "mixed ids, keys count as people"
MARKED = [pytest.param(c, marks=INHERITED) if c == SHARED_THREADS else c for c in CASES]


@pytest.mark.parametrize("case", MARKED)
def test_no_unit_moves_a_vector_by_more_than_its_bound(case):
    worst = try_neighbours(case, 30)

    assert 0 < worst <= TOLERANCE


@pytest.mark.slow
@pytest.mark.parametrize("case", MARKED)
def test_no_unit_of_thousands_moves_a_vector_by_more_than_its_bound(case):
    assert 0 < try_neighbours(case, 600) <= TOLERANCE


def test_records_with_a_weaker_id_change_nothing_but_their_number_on_the_screen():
    chance, policy = random.Random(3), rules()
    for _ in range(8):
        files = mixed(chance)
        base = vectors(files, policy)
        weaker = [record for record in files["log.jsonl"] if weak(record)]
        for record in weaker[:2]:
            other = vectors(without(files, weak(record), weak), policy)
            assert worst_ratio(base, other) == 0
            assert base.weaker
