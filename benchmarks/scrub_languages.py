"""How much personal data gets through in each language, with and without a name model.

    python benchmarks/scrub_languages.py [--canaries 300] [--languages de,fr,...]
        [--pipelines es=ID,...]

Canaries (made-up names, numbers and addresses in each language's forms) are
planted into the made-up conversations below. `over` is the share of words of the
conversations as they are, which hold nothing personal, that the scrub replaced.
Last line: all figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

from vstk import registry
from vstk.anonymiser.canaries import measure_leakage
from vstk.anonymiser.engine import PresidioScrubber
from vstk.policy import Scrub
from vstk.types import Conversation, Source, Turn

# A model of names by language, where one can be had (`vstk models pull ID`).
PIPELINES = {"en": "en_core_web_md-3.8.0", "fr": "fr_core_news_md-3.8.0"}

TALK: dict[str, tuple[tuple[str, ...], ...]] = {
    "en": (
        ("How do I get red wine out of a carpet? It was spilled an hour ago.",
         "Dab it with a dry cloth. Then use cold water and a little salt. Do not rub."),
        ("Can you explain why the sky is blue? My children want to know.",
         "Sunlight is scattered by the air. Blue light is scattered more than red light."),
    ),
    "de": (
        ("Wie bekomme ich Rotwein aus dem Teppich? Er wurde vor einer Stunde verschüttet.",
         "Tupfe den Fleck mit einem trockenen Tuch ab. Nimm dann kaltes Wasser und etwas Salz."),
        ("Kannst du erklären, warum der Himmel blau ist? Meine Kinder wollen es wissen.",
         "Das Licht der Sonne wird von der Luft gestreut. Blaues Licht wird stärker gestreut."),
        ("Welche Versicherung brauche ich für eine neue Wohnung mit Balkon und Garten?",
         "Eine Haftpflicht ist wichtig. Der Hausrat kommt danach, je nach Wert der Möbel."),
    ),
    "fr": (
        ("Comment enlever du vin rouge d'un tapis ? Il a été renversé il y a une heure.",
         "Tamponnez avec un chiffon sec. Ensuite, prenez de l'eau froide et un peu de sel."),
        ("Peux-tu expliquer pourquoi le ciel est bleu ? Mes enfants veulent le savoir.",
         "La lumière du soleil est dispersée par l'air. Le bleu est plus dispersé que le rouge."),
        ("Quelle assurance faut-il pour un nouvel appartement avec un balcon et un jardin ?",
         "La responsabilité civile est importante. Le reste dépend de la valeur des meubles."),
    ),
    "es": (
        ("¿Cómo quito el vino tinto de una alfombra? Se derramó hace una hora.",
         "Seca la mancha con un paño. Después usa agua fría y un poco de sal. No frotes."),
        ("¿Puedes explicar por qué el cielo es azul? Mis hijos quieren saberlo.",
         "La luz del sol se dispersa en el aire. La luz azul se dispersa más que la roja."),
        ("¿Qué seguro necesito para un piso nuevo con balcón y jardín?",
         "La responsabilidad civil es importante. Lo demás depende del valor de los muebles."),
    ),
    "it": (
        ("Come tolgo il vino rosso da un tappeto? È stato versato un'ora fa.",
         "Tampona la macchia con un panno asciutto. Poi usa acqua fredda e un po' di sale."),
        ("Puoi spiegare perché il cielo è blu? I miei figli vogliono saperlo.",
         "La luce del sole viene diffusa dall'aria. La luce blu è più diffusa di quella rossa."),
        ("Quale assicurazione serve per un nuovo appartamento con balcone e giardino?",
         "La responsabilità civile è importante. Il resto dipende dal valore dei mobili."),
    ),
    "pt": (
        ("Como tiro vinho tinto de um tapete? Foi derramado há uma hora.",
         "Seca a mancha com um pano. Depois usa água fria e um pouco de sal. Não esfregues."),
        ("Podes explicar por que o céu é azul? Os meus filhos querem saber.",
         "A luz do sol é espalhada pelo ar. A luz azul é mais espalhada do que a vermelha."),
        ("Que seguro preciso para um apartamento novo com varanda e jardim?",
         "A responsabilidade civil é importante. O resto depende do valor dos móveis."),
    ),
    "nl": (
        ("Hoe krijg ik rode wijn uit een tapijt? Het is een uur geleden gemorst.",
         "Dep de vlek met een droge doek. Neem daarna koud water en een beetje zout."),
        ("Kun je uitleggen waarom de lucht blauw is? Mijn kinderen willen het weten.",
         "Het licht van de zon wordt door de lucht verstrooid. Blauw licht wordt meer verstrooid."),
        ("Welke verzekering heb ik nodig voor een nieuw huis met een balkon en een tuin?",
         "Een aansprakelijkheidsverzekering is belangrijk. De rest hangt af van de meubels."),
    ),
    "zh": (
        ("怎么把红酒从地毯上弄掉？是一个小时以前洒的。",
         "先用干布把污渍吸干。然后用冷水和一点盐。不要用力擦。"),
        ("你能解释一下天空为什么是蓝色的吗？我的孩子们想知道。",
         "太阳光被空气散射。蓝光比红光散射得更多，所以天空看起来是蓝色的。"),
        ("带阳台和花园的新房子需要买什么保险？",
         "责任险很重要。其他的要看家具的价值，可以以后再决定。"),
    ),
}  # fmt: skip
_WORD = re.compile(r"\w")


def conversations(language: str) -> list[Conversation]:
    return [
        Conversation(
            source=Source(file="benchmark", line=number),
            id=str(number),
            user=None,
            unit_kind="none",
            started_at=None,
            turns=tuple(
                Turn(role="assistant" if at % 2 else "user", text=text)
                for at, text in enumerate(texts)
            ),
        )
        for number, texts in enumerate(TALK[language], 1)
    ]


def over(scrubber: PresidioScrubber, language: str) -> float:
    """Share of letters and digits that are replaced where nothing personal stands."""
    replaced = total = 0
    for texts in TALK[language]:
        for text, found in zip(texts, scrubber.locate(texts, language), strict=True):
            total += len(_WORD.findall(text))
            replaced += sum(len(_WORD.findall(text[f.start : f.end])) for f in found)
    return replaced / total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--canaries", type=int, default=300)
    parser.add_argument("--languages", default=",".join(TALK))
    parser.add_argument("--pipelines", default="", help="LANGUAGE=ID,...: other models of names")
    parser.add_argument("--worst", type=int, default=5, help="kinds to name for each language")
    options = parser.parse_args()
    known = PIPELINES | dict(pair.split("=") for pair in options.pipelines.split(",") if pair)
    figures: dict[str, dict[str, float]] = {}
    print(f"{'':6}{'model of names':26}{'names':>8}{'95 %':>16}{'others':>8}{'over':>7}  worst")
    for language in options.languages.split(","):
        paths: dict[str, Path] = {}
        id = known.get(language, "")
        if id and registry.locate(id).exists():
            paths[language] = registry.verify(id)
        rules = Scrub(languages=(language,), profile="balanced", timeout_seconds=600)
        scrubber = PresidioScrubber(rules, paths)
        found = measure_leakage(
            conversations(language), scrubber, options.canaries, accepted=(language,)
        ).as_dict()
        names = found["kinds"].pop("name")
        planted = sum(rate["planted"] for rate in found["kinds"].values())
        leaked = sum(rate["leaked"] for rate in found["kinds"].values())
        figures[language] = {
            "names": names["share"],
            "names_low": names["low"],
            "names_high": names["high"],
            "others": round(leaked / planted, 4),
            "over": round(over(scrubber, language), 4),
        } | {f"case_{case}": rate["share"] for case, rate in found["name_cases"].items()}
        interval = f"{100 * names['low']:.0f} to {100 * names['high']:.0f} %"
        worst = [
            f"{kind} {100 * rate['share']:.0f} %"
            for kind, rate in list(found["kinds"].items())[: options.worst]
            if rate["leaked"]
        ]
        print(
            f"{language:6}{id if paths else 'none':26}{100 * names['share']:6.1f} %{interval:>16}"
            f"{100 * leaked / planted:6.1f} %{100 * figures[language]['over']:5.1f} %  "
            f"{', '.join(worst)}",
            flush=True,
        )
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
