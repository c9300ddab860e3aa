"""The way anyone would write it: one chat completion with a JSON schema for each conversation.

What `labeller_speed.py` holds the engine against.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from vstk import sheet, taxonomy
from vstk.extract.llama import BATCH
from vstk.extract.prompt_layout import PromptLayout
from vstk.types import Answer, Extraction, Facet, Turn

Talk = tuple[Turn, ...]


def labeller(job: dict[str, Any]) -> Callable[[Talk], Extraction]:
    """Loads the model; what is returned labels one conversation."""
    import llama_cpp

    document = sheet.load("sheet-2")
    categories = taxonomy.load("vstk-core").keys("category")
    properties: dict[str, Any] = {}
    told = []
    for question in document.facets:
        known = document.resolve(categories)[question.facet].labels
        if question.kind == "binary":
            properties[question.facet] = {"type": "boolean"}
            told.append(f"- {question.facet}: true or false. {known[0].title}?")
            continue
        titles = [key.title for key in known]
        one = {"type": "string", "enum": titles}
        is_many = question.kind == "multi"
        properties[question.facet] = (
            {"type": "array", "items": one, "maxItems": 5} if is_many else one
        )
        told.append(
            f"- {question.facet}: {'up to five' if is_many else 'one'} of {'; '.join(titles)}"
        )
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    system = (
        "You label conversations between a user and an assistant. ai_value: values that the "
        "assistant's own words express. human_value: values that the user openly states. "
        "Answer with one JSON object with these keys:\n" + "\n".join(told)
    )
    llama = llama_cpp.Llama(
        str(job["weights"]), n_ctx=4096, n_batch=BATCH, n_ubatch=BATCH,
        n_threads=1, n_threads_batch=1, verbose=False,
    )  # fmt: skip

    def tokenise(text: str, markers: bool) -> tuple[int, ...]:
        return tuple(llama.tokenize(text.encode(), add_bos=False, special=markers))

    layout = PromptLayout(document.read, job["window"], tokenise)

    def label(talk: Talk) -> Extraction:
        turns = layout.lay_out(talk).window.turns
        seen = "\n\n".join(
            f"{role}: {llama.detokenize(list(text)).decode(errors='replace')}"
            for role, text in turns
        )
        answer = cast(
            Any,
            llama.create_chat_completion(
                [{"role": "system", "content": system}, {"role": "user", "content": seen}],
                response_format={"type": "json_object", "schema": schema},
                temperature=0.0,
                max_tokens=400,
            ),
        )
        # The system prompt stays in its cache, so it is taken off what was evaluated.
        return Extraction(
            key="",
            unit_id="",
            answers=tuple(said(answer["choices"][0]["message"]["content"], document, categories)),
            seen_share=1.0,
            tokens=int(answer["usage"]["total_tokens"]) - fixed,
        )

    fixed = len(tokenise(system, False))
    return label


def said(text: str, document: sheet.Sheet, categories: Any) -> list[Answer]:
    """A JSON answer as labels; what breaks off before its end says nothing."""
    try:
        given = json.loads(text)
    except ValueError:
        given = {}
    answers = []
    for question in document.facets:
        value = given.get(question.facet, ())
        for key, title in document.resolve(categories)[question.facet].labels:
            chosen = (
                value is True
                if question.kind == "binary"
                else title in (value if isinstance(value, list) else [value])
            )
            answers.append(
                Answer(
                    facet=cast(Facet, question.facet),
                    label=key,
                    probability=float(chosen),
                    chosen=chosen,
                )
            )
    return answers
