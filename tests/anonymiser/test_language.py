from __future__ import annotations

import pytest

from vstk.anonymiser.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What do you think about the weather in the mountains this week?", "en"),
        ("Können Sie mir bitte sagen, wie ich meine Rechnung bezahlen kann?", "de"),
        ("Pouvez-vous me dire comment je peux payer ma facture, s'il vous plaît ?", "fr"),
        ("¿Puede decirme cómo puedo pagar mi factura, por favor? Muchas gracias.", "es"),
        ("Mi può dire come posso pagare la mia bolletta, per favore? Grazie mille.", "it"),
        ("Pode dizer-me como posso pagar a minha fatura, por favor? Muito obrigado.", "pt"),
        ("Kunt u mij vertellen hoe ik mijn rekening kan betalen, alstublieft?", "nl"),
        ("请问我怎么支付我的账单？", "zh"),
        ("請求書の支払い方法を教えてください。", "ja"),
        ("Подскажите, пожалуйста, как мне оплатить мой счёт за электричество?", "ru"),
    ],
)
def test_the_language_of_a_conversation_is_found(text, language):
    assert detect([text], ("en",)) == language


@pytest.mark.parametrize("text", ["ok", "hi", "Thanks!", "lol", "1 + 1", "", "🙂"])
def test_a_text_too_short_to_tell_is_taken_for_the_accepted_language(text):
    assert detect([text], ("en",)) == "en"


def test_code_does_not_decide_the_language():
    text = "What does this do?\n```\nfür = größe; straße = müller\n```"

    assert detect([text], ("en",)) == "en"


def test_a_short_text_in_another_script_is_not_taken_for_english():
    assert detect(["привет"], ("en",)) != "en"
