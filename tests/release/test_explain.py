"""What stands beside the numbers."""

from vstk.release import bounds, claims, explain, guarantee, mechanism
from vstk.types import Quality

from .drawing import drawn
from .made_up import conversation


def sheet(privacy, specs, **changed):
    policy = privacy(**changed)
    log = [conversation(f"u{n}", f"c{n}", "a", "b") for n in range(300)]
    found = drawn(log, specs, policy)
    promise = guarantee(policy)
    quality = Quality(source="gold", conversations=184, features={}, annotators={})
    return explain(found, promise, quality=quality), claims(promise)


def test_the_sheet_names_what_an_evaluator_asks_for_in_the_order_of_nist(privacy, specs):
    statements, _ = sheet(privacy, specs)

    assert [statement.topic for statement in statements] == [
        "Unit of privacy",
        "Privacy parameters",
        "What an attacker can learn",
        "Neighbouring relation",
        "Contribution bounds",
        "Mechanism and scales",
        "Not published",
        "Accuracy",
        "Bias",
        "Trust model",
        "Label quality",
        "OpenDP features",
        "Side channels",
        "Access control",
        "Data collection",
    ]
    said = {statement.topic: statement.text for statement in statements}
    assert "contrib" in said["OpenDP features"]
    assert "response_types: standard deviation" in said["Mechanism and scales"]
    assert "number of conversations: standard deviation" in said["Mechanism and scales"]
    assert "errors not measured, and not in the interval: ai_categories" in said["Accuracy"]
    assert "184" in said["Label quality"]
    assert "At most 20 conversations" in said["Contribution bounds"]


def test_no_claim_is_both_made_and_ruled_out(privacy, specs):
    _, found = sheet(privacy, specs)

    assert not set(found.may) & set(found.never)
    for word in ("anonymous", "complies with a law"):
        assert any(word in claim for claim in found.never)
        assert not any(word in claim for claim in found.may)


def test_conversations_are_not_called_people(privacy, specs):
    statements, found = sheet(privacy, specs, unit="conversation")

    assert statements[0].text.startswith("One conversation")
    assert any("protected as a whole" in claim for claim in found.never)


def test_of_a_sample_both_numbers_about_people_stand_with_the_noise_they_were_drawn_with(
    privacy, specs, monkeypatch
):
    policy, noised = privacy(), []
    real = mechanism.draw

    def draw(exact, *, l2, rho):
        noised.append((rho, found := real(exact, l2=l2, rho=rho)))
        return found

    monkeypatch.setattr(mechanism, "draw", draw)
    log = [conversation(f"u{n}", "c", "a", "b") for n in range(300)]
    found = drawn(log, specs, policy, sampled=True)

    said = {one.topic: one.text for one in explain(found, guarantee(policy), quality=None)}

    for what, (rho, one) in zip(
        ("number of conversations", "sum of squared contributions"), noised, strict=False
    ):
        sigma = one.scale / bounds.QUANTUM
        line = f"{what}: standard deviation {sigma:.3g}, rho {rho:f}"
        assert line in said["Mechanism and scales"]
    assert "a random sample of the log" in said["Accuracy"]


def test_the_sheet_says_that_no_exact_number_decides_whether_there_is_a_release(privacy, specs):
    said = {statement.topic: statement.text for statement in sheet(privacy, specs)[0]}

    assert "is decided by the noised number" in said["Side channels"]
