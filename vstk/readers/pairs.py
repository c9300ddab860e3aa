"""A request and its response in one record, as gateways and batch jobs log them.

The request holds the history, the response the next turn. Where a log repeats
the whole history with every call, the room's `repeats` keeps the longest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vstk.readers.draft import Draft, Format, Unusable, joined, said, turns
from vstk.readers.fields import Record, inner, loaded, moment, own_id, person, text_of, thread
from vstk.types import Turn

_REQUEST = ("request", "request_body", "req", "body")
_RESPONSE = ("response", "response_body", "resp", "completion", "choices", "output", "chunks")
_ASKED = ("prompt", "question", "query", "instruction", "user_message", "input")
_ANSWERED = ("response", "completion", "answer", "output", "reply", "assistant_message")


def _matches(record: Record) -> bool:
    if not any(record.get(name) for name in _RESPONSE):
        return "custom_id" in record and "response" in record
    return bool(_request(record)) and _has_history(_request(record))


def _request(record: Record) -> Record:
    request = inner(record, *_REQUEST)
    return inner(request, "body") or request or record


def _has_history(request: Record) -> bool:
    return isinstance(request.get("messages"), list) or isinstance(request.get("input"), str | list)


def _convert(record: Record) -> Draft:
    request = _request(record)
    about = inner(request, "metadata") or inner(record, "metadata")
    answer = _answer(record)
    response = _body(answer)
    history = _history(request)
    replied = reply(answer)
    if replied == history[-len(replied) :]:  # a log that wrote the answer into the history, too
        replied = []
    user, kind = person(record, request, about)
    return Draft(
        turns=joined([*history, *replied]),
        id=own_id(record) or own_id(response),
        thread=thread(record, request, about, inner(request, "conversation")),
        user=user,
        unit_kind=kind,
        started_at=moment(record, response, request, about),
        model=text_of(response, "model") or text_of(request, "model") or text_of(record, "model"),
        team=text_of(record, "team", "department") or text_of(about, "team", "department"),
    )


def _answer(record: Record) -> object:
    """What was answered, whichever field keeps it."""
    if "choices" in record:
        return record
    for name in _RESPONSE:
        if record.get(name):
            return record[name]
    return None


def _body(answer: object) -> Record:
    """The response itself, out of the envelopes that logs put around it."""
    for _ in range(3):
        if isinstance(answer, str):
            answer = loaded(answer)
        if not isinstance(answer, dict):
            return {}
        if "body" not in answer:
            return answer
        answer = answer["body"]
    return {}


def _history(request: Record) -> list[Turn]:
    if isinstance(request.get("messages"), list):
        found = [*said("system", request.get("system")), *turns(request["messages"])]
    else:
        asked = request.get("input")
        found = said("system", request.get("instructions"))
        found += said("user", asked) if isinstance(asked, str) else list(spoken_items(asked))
    return found


def spoken_items(items: object) -> Iterator[Turn]:
    """Turns out of the items of the Responses interface; calls and reasoning are none."""
    if not isinstance(items, list):
        return
    for item in items:
        if not isinstance(item, dict):
            continue
        kind = item.get("type", "message")
        if kind == "message":
            yield from turns([item])
        elif kind == "function_call_output":
            yield from said("tool", item.get("output"))


def reply(answer: object) -> list[Turn]:
    """The assistant's turn out of a response of any of the usual shapes.

    Raises:
        Unusable: `failed-call` where the response is an error.
    """
    if isinstance(answer, str):
        if answer.lstrip().startswith("data:"):
            return said("assistant", _streamed(_events(answer)))
        inside = loaded(answer) if answer.lstrip()[:1] in ("{", "[") else None
        return reply(inside) if isinstance(inside, dict | list) else said("assistant", answer)
    if isinstance(answer, list):
        if any(isinstance(part, dict) and part.get("object") == "response" for part in answer):
            return reply(answer[-1])
        if _chunks(answer):
            return said("assistant", _streamed(answer))
        return list(spoken_items(answer)) or said("assistant", answer)
    if not isinstance(answer, dict):
        return []
    status = answer.get("status_code", 200)
    if isinstance(status, int) and status >= 400:
        raise Unusable("failed-call")
    if "body" in answer:
        return reply(answer["body"])
    if answer.get("chunks"):
        return reply(answer["chunks"])
    return _message(answer)


def _message(answer: Record) -> list[Turn]:
    choices = answer.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        choice = choices[0]
        message = choice.get("message") or choice.get("delta")
        if isinstance(message, dict):
            return list(turns([{"role": "assistant"} | message]))
        return said("assistant", choice.get("text"))
    if isinstance(answer.get("output"), list):
        return list(spoken_items(answer["output"]))
    for name in ("message", "content", "text", "output_text", "completion", "output", "answer"):
        value = answer.get(name)
        if isinstance(value, dict) and "content" in value:
            value = value["content"]
        if isinstance(value, str | list):
            return said("assistant", value)
    if answer.get("error"):
        raise Unusable("failed-call")
    return []


def _chunks(parts: list[object]) -> bool:
    """Whether these are pieces of a stream: OpenAI's, or Anthropic's."""
    return any(
        isinstance(part, dict)
        and ("delta" in part or part.get("object") == "chat.completion.chunk")
        for part in parts
    )


def _events(text: str) -> Iterator[object]:
    for line in text.splitlines():
        if line.startswith("data:"):
            yield loaded(line[5:])


def _streamed(chunks: Iterable[object]) -> str:
    """The text of a streamed answer, put together again."""
    said_so_far: list[str] = []
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
            said_so_far.append(delta)
    return "".join(said_so_far)


PAIRS = Format(
    name="request-response",
    title="API calls: a request with its response (chat, Responses, batch output, streams)",
    identifies="account, API key or address, where a field names one",
    matches=_matches,
    convert=_convert,
)


def _flat(record: Record) -> bool:
    return bool(text_of(record, *_ASKED) and text_of(record, *_ANSWERED))


def _flat_convert(record: Record) -> Draft:
    about = inner(record, "metadata")
    user, kind = person(record, about)
    asked = [text_of(record, name) for name in ("instruction", "input")]
    question = "\n".join(t for t in asked if t) or text_of(record, *_ASKED)
    return Draft(
        turns=joined(
            [
                *said("system", record.get("system")),
                *said("user", question),
                *said("assistant", text_of(record, *_ANSWERED)),
            ]
        ),
        id=own_id(record),
        thread=thread(record, about),
        user=user,
        unit_kind=kind,
        started_at=moment(record, about),
        model=text_of(record, "model"),
        team=text_of(record, "team", "department"),
    )


PROMPTS = Format(
    name="prompt-answer",
    title="Flat rows: one field holds the prompt, another the answer",
    identifies="account, API key or address, where a field names one",
    matches=_flat,
    convert=_flat_convert,
)
