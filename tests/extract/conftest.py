"""The tiny sheet, the smallest weights, and conversations to read with them."""

from pathlib import Path

import pytest

from vstk import registry
from vstk import sheet as sheets
from vstk.errors import ModelUnverified
from vstk.extract import Extractor
from vstk.extract.llama import Llama
from vstk.types import Role, RowKey, ScrubbedConversation, Source, Turn

SHEETS = Path(__file__).parent / "sheets"
CATEGORIES = (RowKey("epistemic/clarity", "Clarity"), RowKey("personal/joy", "Joy and fun"))
WINDOW = 128


def conversation(*texts: str, sides: tuple[Role, ...] = ("user", "assistant")):
    """Texts by user and assistant in turn."""
    return ScrubbedConversation(
        source=Source(file="made-up.jsonl", line=1),
        key="k" * 32,
        unit_id="u" * 32,
        language="en",
        turns=tuple(
            Turn(role=sides[index % len(sides)], text=text) for index, text in enumerate(texts)
        ),
    )


@pytest.fixture(scope="session")
def talk():
    return conversation


@pytest.fixture(scope="session")
def sheet():
    return sheets.load(str(SHEETS / "tiny.yaml"))


@pytest.fixture(scope="session")
def weights():
    try:
        return registry.verify("smollm2-135m-instruct-q4_1")
    except ModelUnverified:
        pytest.skip("run `vstk models pull smollm2-135m-instruct-q4_1` first")


@pytest.fixture(scope="session")
def build(weights, sheet):
    """Extractors over the smallest weights, closed at the end."""
    built = []

    def make(heads=None, *, window=WINDOW, **options):
        built.append(Extractor(weights, sheet, CATEGORIES, heads, window, **options))
        return built[-1]

    yield make
    for each in built:
        each.close()


@pytest.fixture(scope="session")
def extractor(build):
    """One without heads."""
    return build()


@pytest.fixture(scope="session")
def llama(weights):
    built = Llama(weights, cells=512, sequences=6)
    built.begin(built.tokens("<|im_start|>system\nRead.<|im_end|>\n", markers=True))
    yield built
    built.close()
