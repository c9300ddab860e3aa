"""Records that hold a request and its response, as gateways and batch jobs log them.

The request contains the history, the response the next turn. Where a log repeats the
whole history with every call, `vstk.readers.repeats` keeps the longest record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vstk.readers.draft import (
    Draft,
    Format,
    Unusable,
    require_turns,
    turns_of_content,
    turns_of_messages,
)
from vstk.readers.fields import (
    Record,
    find_record_id,
    find_thread,
    find_timestamp,
    find_user,
    nested_object,
    parse_json,
    text_field,
)
from vstk.types import Turn

_REQUEST_FIELDS = ("request", "request_body", "req", "body")
_RESPONSE_FIELDS = (
    "response",
    "response_body",
    "resp",
    "completion",
    "choices",
    "output",
    "chunks",
)
_PROMPT_FIELDS = ("prompt", "question", "query", "instruction", "user_message", "input")
_ANSWER_FIELDS = ("response", "completion", "answer", "output", "reply", "assistant_message")


def _matches(record: Record) -> bool:
    if not any(record.get(name) for name in _RESPONSE_FIELDS):
        return "custom_id" in record and "response" in record
    return bool(_request(record)) and _has_history(_request(record))


def _request(record: Record) -> Record:
    request = nested_object(record, *_REQUEST_FIELDS)
    return nested_object(request, "body") or request or record


def _has_history(request: Record) -> bool:
    return isinstance(request.get("messages"), list) or isinstance(request.get("input"), str | list)


def _convert(record: Record) -> Draft:
    request = _request(record)
    metadata = nested_object(request, "metadata") or nested_object(record, "metadata")
    answer = _response_field(record)
    response = _response_body(answer)
    history = _history_turns(request)
    reply = turns_of_response(answer)
    if reply == history[-len(reply) :]:  # the log repeats the answer in the history
        reply = []
    user, kind = find_user(record, request, metadata)
    return Draft(
        turns=require_turns([*history, *reply]),
        id=find_record_id(record) or find_record_id(response),
        thread=find_thread(record, request, metadata, nested_object(request, "conversation")),
        user=user,
        unit_kind=kind,
        started_at=find_timestamp(record, response, request, metadata),
        model=text_field(response, "model")
        or text_field(request, "model")
        or text_field(record, "model"),
        team=text_field(record, "team", "department") or text_field(metadata, "team", "department"),
    )


def _response_field(record: Record) -> object:
    """The response, whichever field contains it."""
    if "choices" in record:
        return record
    for name in _RESPONSE_FIELDS:
        if record.get(name):
            return record[name]
    return None


def _response_body(answer: object) -> Record:
    """The response object without the `body` envelopes that logs put around it."""
    for _ in range(3):
        if isinstance(answer, str):
            answer = parse_json(answer)
        if not isinstance(answer, dict):
            return {}
        if "body" not in answer:
            return answer
        answer = answer["body"]
    return {}


def _history_turns(request: Record) -> list[Turn]:
    if isinstance(request.get("messages"), list):
        turns = [
            *turns_of_content("system", request.get("system")),
            *turns_of_messages(request["messages"]),
        ]
    else:
        request_input = request.get("input")
        turns = turns_of_content("system", request.get("instructions"))
        turns += (
            turns_of_content("user", request_input)
            if isinstance(request_input, str)
            else list(turns_of_items(request_input))
        )
    return turns


def turns_of_items(items: object) -> Iterator[Turn]:
    """Convert items of the OpenAI Responses API to turns; calls and reasoning make none."""
    if not isinstance(items, list):
        return
    for item in items:
        if not isinstance(item, dict):
            continue
        kind = item.get("type", "message")
        if kind == "message":
            yield from turns_of_messages([item])
        elif kind == "function_call_output":
            yield from turns_of_content("tool", item.get("output"))


def turns_of_response(answer: object) -> list[Turn]:
    """The assistant's turns in a response of any common layout.

    Raises:
        Unusable: `failed-call` if the response is an error.
    """
    if isinstance(answer, str):
        if answer.lstrip().startswith("data:"):
            return turns_of_content("assistant", _join_chunks(_server_sent_events(answer)))
        parsed = parse_json(answer) if answer.lstrip()[:1] in ("{", "[") else None
        return (
            turns_of_response(parsed)
            if isinstance(parsed, dict | list)
            else turns_of_content("assistant", answer)
        )
    if isinstance(answer, list):
        if any(isinstance(part, dict) and part.get("object") == "response" for part in answer):
            return turns_of_response(answer[-1])
        if _is_stream(answer):
            return turns_of_content("assistant", _join_chunks(answer))
        return list(turns_of_items(answer)) or turns_of_content("assistant", answer)
    if not isinstance(answer, dict):
        return []
    status = answer.get("status_code", 200)
    if isinstance(status, int) and status >= 400:
        raise Unusable("failed-call")
    if "body" in answer:
        return turns_of_response(answer["body"])
    if answer.get("chunks"):
        return turns_of_response(answer["chunks"])
    return _turns_of_answer(answer)


def _turns_of_answer(answer: Record) -> list[Turn]:
    choices = answer.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        choice = choices[0]
        message = choice.get("message") or choice.get("delta")
        if isinstance(message, dict):
            return list(turns_of_messages([{"role": "assistant"} | message]))
        return turns_of_content("assistant", choice.get("text"))
    if isinstance(answer.get("output"), list):
        return list(turns_of_items(answer["output"]))
    for name in ("message", "content", "text", "output_text", "completion", "output", "answer"):
        value = answer.get(name)
        if isinstance(value, dict) and "content" in value:
            value = value["content"]
        if isinstance(value, str | list):
            return turns_of_content("assistant", value)
    if answer.get("error"):
        raise Unusable("failed-call")
    return []


def _is_stream(parts: list[object]) -> bool:
    """Whether these are chunks of an OpenAI or Anthropic stream."""
    return any(
        isinstance(part, dict)
        and ("delta" in part or part.get("object") == "chat.completion.chunk")
        for part in parts
    )


def _server_sent_events(text: str) -> Iterator[object]:
    for line in text.splitlines():
        if line.startswith("data:"):
            yield parse_json(line[5:])


def _join_chunks(chunks: Iterable[object]) -> str:
    """Concatenate the text of a streamed answer."""
    texts: list[str] = []
    for chunk in chunks:
        if not isinstance(chunk, dict):
            continue
        choices = chunk.get("choices")
        if isinstance(choices, list):
            chunk = next((c for c in choices if isinstance(c, dict) and c.get("index", 0) == 0), {})
        delta = chunk.get("delta")
        if isinstance(delta, dict):
            delta = delta.get("content") or delta.get("refusal") or delta.get("text")
        if isinstance(delta, str):
            texts.append(delta)
    return "".join(texts)


PAIRS = Format(
    name="request-response",
    title="API calls: a request with its response (chat, Responses, batch output, streams)",
    identifies="account, API key or address, where a field names one",
    matches=_matches,
    convert=_convert,
)


def _is_flat(record: Record) -> bool:
    return bool(text_field(record, *_PROMPT_FIELDS) and text_field(record, *_ANSWER_FIELDS))


def _convert_flat(record: Record) -> Draft:
    metadata = nested_object(record, "metadata")
    user, kind = find_user(record, metadata)
    texts = [text_field(record, name) for name in ("instruction", "input")]
    question = "\n".join(t for t in texts if t) or text_field(record, *_PROMPT_FIELDS)
    return Draft(
        turns=require_turns(
            [
                *turns_of_content("system", record.get("system")),
                *turns_of_content("user", question),
                *turns_of_content("assistant", text_field(record, *_ANSWER_FIELDS)),
            ]
        ),
        id=find_record_id(record),
        thread=find_thread(record, metadata),
        user=user,
        unit_kind=kind,
        started_at=find_timestamp(record, metadata),
        model=text_field(record, "model"),
        team=text_field(record, "team", "department"),
    )


PROMPTS = Format(
    name="prompt-answer",
    title="Flat rows: one field holds the prompt, another the answer",
    identifies="account, API key or address, where a field names one",
    matches=_is_flat,
    convert=_convert_flat,
)
