"""A request and its response: as gateways, proxies and batch jobs log them.

The request holds the history, the response the next turn. Turns of OpenAI's Responses
interface are chained by `previous_response_id`; the halves of a batch job stand in two
files and are joined by `custom_id`.
"""

from __future__ import annotations

from vstk.readers.draft import Draft, Format, Unusable, draft_of
from vstk.readers.fields import identifier, model_of, own_id
from vstk.readers.replies import reply, spoken_items
from vstk.readers.speech import Said, said, turns
from vstk.readers.values import Record, inner, loaded, unpacked

_REQUEST = ("request", "request_body", "requestBody", "req", "body", "input", "prompt")
_RESPONSE = (
    *("response", "response_body", "responseBody", "resp", "completion", "choices", "output"),
    *("chunks", "result"),
)


def request_of(record: Record) -> Record:
    """The request itself, out of the envelopes that logs put around it."""
    request = inner(record, *_REQUEST)
    return inner(request, "body", "json", "payload", "params", "kwargs") or request or record


def _has_history(request: Record) -> bool:
    return (
        isinstance(request.get("messages"), list)
        or isinstance(request.get("input"), str | list)
        or isinstance(request.get("contents"), list | dict)
    )


def _matches(record: Record) -> bool:
    if not any(record.get(name) for name in _RESPONSE):
        return False
    return _has_history(request_of(record)) and not (
        isinstance(record.get("output"), str) and isinstance(record.get("input"), str)
    )


def _convert(record: Record) -> Draft:
    request = request_of(record)
    about = inner(request, "metadata")
    beside = inner(record, "metadata")
    answer = answer_of(record)
    response = body_of(answer)
    history = history_of(request)
    replied = reply(answer)
    if replied and replied == history[-len(replied) :]:  # a log that wrote the answer in there, too
        replied = []
    name = identifier(response.get("id"))
    before = identifier(response.get("previous_response_id")) or identifier(
        request.get("previous_response_id")
    )
    conversation = inner(request, "conversation")
    return draft_of(
        [*history, *replied],
        record,
        request,
        about,
        beside,
        response,
        inner(record, "request_properties", "properties"),
        inner(inner(record, *_REQUEST), "headers") or inner(record, "headers", "request_headers"),
        id=own_id(record) or name,
        links=tuple(f"response:{id}" for id in (name, before) if id)
        if before or response.get("object") == "response"
        else (),
        model=model_of(response, request, record),
        **({"thread": identifier(conversation["id"])} if "id" in conversation else {}),
    )


def answer_of(record: Record) -> object:
    """What was answered, whichever field keeps it."""
    if "choices" in record:
        return record
    return next((record[name] for name in _RESPONSE if record.get(name)), None)


def body_of(answer: object) -> Record:
    """The response itself, out of the envelopes that logs put around it."""
    for _ in range(3):
        if isinstance(answer, str):
            answer = loaded(answer) if answer.lstrip()[:1] == "{" else None
        if not isinstance(answer, dict):
            return {}
        if "body" not in answer:
            return answer
        answer = answer["body"]
    return {}


def history_of(request: Record) -> list[Said]:
    """The turns of a request to any of the usual interfaces."""
    if isinstance(request.get("messages"), list):
        return [*said("system", request.get("system")), *turns(request["messages"])]
    if isinstance(request.get("contents"), list | dict):
        rule = inner(request, "systemInstruction", "system_instruction").get("parts")
        return [*said("system", rule), *contents(request["contents"])]
    asked = request.get("input")
    found = said("system", request.get("instructions"))
    found += said("user", asked) if isinstance(asked, str) else list(spoken_items(asked))
    return found


def contents(messages: object) -> list[Said]:
    """The turns of a request to Gemini; one without a role is by the user."""
    messages = messages if isinstance(messages, list) else [messages]
    return turns([{"role": "user"} | m for m in messages if isinstance(m, dict)])


CALLS = Format(
    name="request-response",
    title="API calls: a request with its response (chat, Responses, Gemini, streams, Helicone)",
    identifies="account, API key or address, where a field names one",
    marks=_RESPONSE,
    matches=_matches,
    convert=_convert,
    team=True,
    lost="reasoning, tool calls, images",
)


def _is_half(record: Record) -> bool:
    return "custom_id" in record and ("response" in record or isinstance(record.get("body"), dict))


def _half(record: Record) -> Draft:
    name = identifier(record.get("custom_id"))
    if "response" in record:
        body = body_of(record["response"])
        found = reply(record["response"])
        if record.get("error"):
            raise Unusable("failed-call")
        return draft_of(found, record, body, thread=name, order=1, id=name, links=())
    body = inner(record, "body")
    about = inner(body, "metadata")
    return draft_of(history_of(body), body, about, record, thread=name, id=name)


BATCH = Format(
    name="openai-batch",
    title="OpenAI Batch: the input and the output file of a job, joined by `custom_id`",
    identifies="account, where the request names one",
    marks=("custom_id",),
    matches=_is_half,
    convert=_half,
    form="piece",
    local=True,
    lost="failed calls",
)


def _payload(record: Record, *names: str) -> object:
    """A request or response, also out of the list of texts that BigQuery keeps it in."""
    value = next((unpacked(record[name]) for name in names if record.get(name)), None)
    if isinstance(value, list):
        parts = [unpacked(part) for part in value]
        return parts[0] if len(parts) == 1 else parts
    return value


def _vertex_request(record: Record) -> Record:
    request = _payload(record, "full_request", "request_payload")
    return request if isinstance(request, dict) else {}


def _vertex(record: Record) -> Draft:
    request = _vertex_request(record)
    response = _payload(record, "full_response", "response_payload")
    return draft_of(
        [*history_of(request), *reply(response)],
        record,
        inner(request, "labels"),
        inner(record, "metadata"),
        id=identifier(record.get("request_id")),
    )


VERTEX = Format(
    name="vertex",
    title="Vertex AI: request-response logs in BigQuery",
    identifies="account, where a label of the request names one",
    marks=("full_request", "request_payload"),
    matches=lambda record: _has_history(_vertex_request(record)),
    convert=_vertex,
    lost="tool calls, images",
)
