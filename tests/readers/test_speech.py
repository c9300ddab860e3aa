"""Only speech is speech."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vstk.readers.prompts import transcript
from vstk.readers.replies import reply
from vstk.readers.speech import said, turns
from vstk.types import Role


@pytest.mark.parametrize(
    ("side", "written", "spoken"),
    [
        ("assistant", "<think>They may lie.</think>\n\nIt floats.", "It floats."),
        ("assistant", "They may lie.</think>\nIt floats.", "It floats."),
        ("assistant", "<think>cut off", None),
        (
            "assistant",
            '<details type="reasoning" done="true">x</details>\nIt floats.',
            "It floats.",
        ),
        ("user", "What does <think> mean?", "What does <think> mean?"),
        ("user", "<context>\na page\n</context>\n\nDoes it float?", "Does it float?"),
        ("user", "<system-reminder>x</system-reminder>Go on.", "Go on."),
        ("user", "Context:\n- a\n\nQuestion: Does it float?", "Does it float?"),
        ("user", "Use the following context.\n\na page\n\nQuestion: Why?\nHelpful Answer:", "Why?"),
        ("user", "My question: why does it float?", "My question: why does it float?"),
        ("user", "[image]", None),
        ("user", "__REDACTED__", None),
        ("user", "image", "image"),
        ("assistant", '[{"function": {"name": "f", "arguments": "{}"}, "id": "x"}]', None),
        ("assistant", "a\0b", "a\ufffdb"),
    ],
)
def test_what_of_a_text_is_said(side: Role, written: str, spoken: str | None) -> None:
    assert said(side, written) == ([(side, spoken)] if spoken else [])


def test_parts_that_nobody_says_are_left_out() -> None:
    content = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "text", "text": "One."},
        {"type": "tool_use", "name": "f", "input": {"q": "x"}},
        {"type": "image_url", "image_url": {"url": "x"}},
        {"text": "hidden", "thought": True},
        {"type": "voice_note", "text": "Two."},
        {"type": "input_audio", "transcript": "Three."},
    ]

    assert said("assistant", content) == [("assistant", "One.\nTwo.\nThree.")]


def test_messages_of_several_shapes_are_turns() -> None:
    messages = [
        {"author": {"role": "user"}, "content": {"parts": ["q"]}},
        {"sender": "human", "text": "q2"},
        {"role": "assistant", "content": None, "audio": {"transcript": "a"}},
        {"type": "thought", "content": "hm"},
        {"role": "user", "content": [{"type": "tool_result", "content": [{"text": "found"}]}]},
    ]

    assert turns(messages) == [("user", "q"), ("user", "q2"), ("assistant", "a"), ("tool", "found")]


def events(*items: dict[str, Any]) -> str:
    return "".join(f"event: {item['type']}\ndata: {json.dumps(item)}\n\n" for item in items)


DELTAS = (
    {"type": "response.reasoning_summary_text.delta", "delta": "They hide something."},
    {"type": "response.function_call_arguments.delta", "delta": "{}"},
    {"type": "response.output_text.delta", "delta": "It "},
    {"type": "response.output_text.delta", "delta": "floats."},
    {"type": "response.completed", "response": {"output": []}},
)
BLOCKS = (
    {"type": "message_start", "message": {"content": []}},
    {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "hm"}},
    {"type": "content_block_delta", "delta": {"type": "input_json_delta", "partial_json": "{}"}},
    {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "It "}},
    {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "floats."}},
)


@pytest.mark.parametrize("stream", [DELTAS, BLOCKS])
def test_of_a_stream_only_the_text_is_said(stream: tuple[dict[str, Any], ...]) -> None:
    for written in (list(stream), events(*stream), {"chunks": list(stream)}):
        assert reply(written) == [("assistant", "It floats.")]


@pytest.mark.parametrize(
    "prompt",
    [
        "System: Be brief.\nHuman: Why?\nAI: So.",
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\nSo.<|im_end|>",
        "<|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nWhy?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nSo.",
        "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nWhy? [/INST] So.</s>",
    ],
)
def test_a_prompt_that_is_a_chat_written_out_is_its_turns(prompt: str) -> None:
    assert transcript(prompt) == [("system", "Be brief."), ("user", "Why?"), ("assistant", "So.")]


def test_a_prompt_that_is_no_chat_is_what_the_person_said() -> None:
    assert transcript("Note to user: call me.") == [("user", "Note to user: call me.")]
