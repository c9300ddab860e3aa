from hypothesis import given
from hypothesis import strategies as st

from vstk.extract.window import fit

GAP = (-1, -2, -3)
RULE = {"gap": GAP, "head_share": 0.6, "turn_tokens": 8, "turn_room": 132}


@st.composite
def conversations(draw):
    lengths = draw(st.lists(st.integers(0, 700), max_size=60))
    return [
        (("user", "assistant")[index % 2], tuple(range(index * 1000, index * 1000 + length)))
        for index, length in enumerate(lengths)
    ]


@given(conversations(), st.integers(128, 600))
def test_a_window_is_never_longer_than_its_size(turns, size):
    window = fit(turns, size=size, **RULE)

    assert sum(len(tokens) for _, tokens in window.turns) <= size


@given(conversations(), st.integers(128, 600))
def test_text_and_markers_fit_their_room(turns, size):
    window = fit(turns, size=size, **RULE)

    held = sum(len(tokens) + RULE["turn_tokens"] for _, tokens in window.turns)
    assert held <= size + RULE["turn_room"]


@given(conversations(), st.integers(128, 600))
def test_what_was_seen_is_counted_exactly(turns, size):
    window = fit(turns, size=size, **RULE)

    kept = [token for _, tokens in window.turns for token in tokens if token >= 0]
    assert window.seen == len(kept) == len(set(kept))
    assert window.total == sum(len(tokens) for _, tokens in turns)
    assert 0.0 <= window.seen_share <= 1.0


@given(conversations())
def test_what_fits_is_left_alone(turns):
    size = max(128, sum(len(tokens) for _, tokens in turns))

    window = fit(turns, size=size, **{**RULE, "turn_room": 8 * 60})

    assert list(window.turns) == turns
    assert window.seen_share == 1.0


@given(conversations(), st.integers(128, 600))
def test_every_turn_keeps_something_while_their_markers_fit(turns, size):
    turns = [turn for turn in turns if turn[1]][:14]

    window = fit(turns, size=size, **RULE)

    assert [role for role, _ in window.turns] == [role for role, _ in turns]
    assert all(tokens for _, tokens in window.turns)


@given(conversations(), st.integers(128, 600))
def test_a_cut_turn_keeps_its_beginning(turns, size):
    window = fit(turns, size=size, **RULE)

    begun = {tokens[0] for _, tokens in turns if tokens}
    assert all(tokens[0] in begun for _, tokens in window.turns if tokens)


def test_a_long_turn_does_not_push_out_a_short_one():
    long, short = tuple(range(10_000)), tuple(range(20_000, 20_030))

    window = fit([("user", long), ("assistant", short)], size=128, **RULE)

    (_, cut), (_, whole) = window.turns
    assert whole == short
    assert len(cut) == 98
    assert cut[:57] == long[:57]
    assert cut[57:60] == GAP
    assert cut[60:] == long[-38:]


def test_of_very_many_turns_the_first_and_the_latest_stay():
    turns = [("user", (index,)) for index in range(1000)]

    window = fit(turns, size=128, **RULE)

    kept = [tokens[0] for _, tokens in window.turns]
    assert kept[0] == 0
    assert kept[1:] == list(range(1000 - len(kept) + 1, 1000))
    assert len(kept) == 28
