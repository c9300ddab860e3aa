"""What an assistant answered, out of responses of any of the usual shapes, whole or streamed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from vstk.readers.speech import Said, Unusable, said, turns
from vstk.readers.values import Record, first, loaded, unpacked


def spoken_items(items: object) -> Iterator[Said]:
    """Turns out of the items of the Responses interface; calls and reasoning are none."""
    if not isinstance(items, list):
        return
    for item in items:
        if not isinstance(item, dict):
            continue
        kind = item.get("type", "message")
        if kind == "message" and ("role" in item or "type" in item):
            yield from turns([item])
        elif kind == "function_call_output":
            yield from said("tool", item.get("output"))


def reply(answer: object, depth: int = 8) -> list[Said]:
    """The assistant's turn out of a response of any of the usual shapes.

    Raises:
        Unusable: `failed-call` where the response is an error.
    """
    if not depth:
        return []
    if isinstance(answer, str):
        if _SSE.match(answer):
            return said("assistant", streamed(_events(answer)))
        inside = loaded(answer) if answer.lstrip()[:1] in ("{", "[") else None
        if isinstance(inside, dict | list):
            return reply(inside, depth - 1)
        return said("assistant", answer)
    if isinstance(answer, list):
        if any(isinstance(part, dict) and part.get("object") == "response" for part in answer):
            return reply(answer[-1], depth - 1)
        if _chunks(answer):
            return said("assistant", streamed(answer))
        if answer and all(isinstance(part, str) and _SSE.match(part) for part in answer):
            return reply("\n".join(answer), depth - 1)
        if any(isinstance(part, dict) and "candidates" in part for part in answer):
            texts = [text for part in answer for _, text in reply(part, depth - 1)]
            return said("assistant", "".join(texts))
        messages = [part for part in answer if isinstance(part, dict) and "role" in part]
        if messages and len(messages) == len(answer):
            return turns(messages)
        return list(spoken_items(answer)) or said("assistant", answer)
    if not isinstance(answer, dict):
        return []
    status = answer.get("status_code", 200)
    if isinstance(status, int) and status >= 400:
        raise Unusable("failed-call")
    for name in ("body", "chunks"):
        if answer.get(name):
            return reply(answer[name], depth - 1)
    return _whole(answer, depth - 1)


_SSE = re.compile(r"\s*(?:event|data|id|retry|:)\s*:")


def _whole(answer: Record, depth: int) -> list[Said]:
    choices = answer.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        choice = choices[0]
        message = choice.get("message") or choice.get("delta")
        if isinstance(message, dict):
            return turns([{"role": "assistant"} | message])
        return said("assistant", choice.get("text"))
    candidates = answer.get("candidates")
    if isinstance(candidates, list) and candidates and isinstance(candidates[0], dict):
        content = unpacked(candidates[0].get("content"))
        parts = content.get("parts") if isinstance(content, dict) else content
        parts = [parts] if isinstance(parts, dict) else parts
        return said("assistant", parts)
    if isinstance(answer.get("response"), dict | list):
        return reply(answer["response"], depth)
    if isinstance(answer.get("output"), list):
        return reply(answer["output"], depth)
    names = ("message", "content", "text", "output_text", "completion", "output", "answer")
    for name in (*names, "generated_text", "generation", "response", "result"):
        value = answer.get(name)
        if isinstance(value, dict) and ("content" in value or "parts" in value):
            value = first(value, "content", "parts")
        if isinstance(value, str | list):
            return said("assistant", value)
    if answer.get("error"):
        raise Unusable("failed-call")
    return []


def _chunks(parts: list[object]) -> bool:
    """Whether these are pieces of a stream."""
    return any(
        isinstance(part, dict)
        and (
            "delta" in part
            or part.get("object") == "chat.completion.chunk"
            or str(part.get("type")).startswith(("response.", "message_start", "content_block"))
        )
        for part in parts
    )


def _events(text: str) -> Iterator[object]:
    for line in text.splitlines():
        if line.startswith("data:"):
            yield loaded(line[5:].strip())


_SPOKEN_DELTAS = frozenset({"response.output_text.delta", "response.refusal.delta"})


def streamed(chunks: Iterable[object]) -> str:
    """The text of a streamed answer, put together again."""
    said_so_far: list[str] = []
    completed = ""
    for chunk in chunks:
        if not isinstance(chunk, dict):
            continue
        kind = chunk.get("type")
        if isinstance(kind, str) and kind.startswith("response."):
            if kind in _SPOKEN_DELTAS and isinstance(chunk.get("delta"), str):
                said_so_far.append(chunk["delta"])
            elif kind == "response.completed" and isinstance(chunk.get("response"), dict):
                items = chunk["response"].get("output")
                completed = "\n".join(text for side, text in spoken_items(items))
            continue
        choices = chunk.get("choices")
        if isinstance(choices, list):
            chunk = next((c for c in choices if isinstance(c, dict) and c.get("index", 0) == 0), {})
        delta = chunk.get("delta")
        if isinstance(delta, dict):
            delta = delta.get("content") or delta.get("refusal") or delta.get("text")
        elif delta is None and "text" in chunk:  # completions of the first kind
            delta = chunk["text"]
        if isinstance(delta, str):
            said_so_far.append(delta)
    return "".join(said_so_far) or completed
