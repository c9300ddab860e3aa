"""Logs that LLM gateways and cloud providers write: LiteLLM and AWS Bedrock.

The user in such a log is often an API key or a role that a whole application shares.
It is then reported as an API key, because protecting it does not protect one person.
"""

from __future__ import annotations

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
    parse_embedded_json,
    text_field,
)
from vstk.readers.pairs import turns_of_response
from vstk.types import Turn, UnitKind


def _is_litellm(record: Record) -> bool:
    return "messages" in record and (
        "call_type" in record or "model_group" in record or "user_api_key_hash" in _metadata(record)
    )


def _metadata(record: Record) -> Record:
    return nested_object(record, "metadata")


def _convert_litellm(record: Record) -> Draft:
    if record.get("status") == "failure":
        raise Unusable("failed-call")
    metadata = _metadata(record)
    requester_metadata = nested_object(metadata, "requester_metadata")
    messages = parse_embedded_json(record.get("messages"))
    history = (
        turns_of_content("user", messages)
        if isinstance(messages, str)
        else turns_of_messages(messages)
    )
    user, kind = find_user(record, requester_metadata, metadata)
    return Draft(
        turns=require_turns(
            [*history, *turns_of_response(parse_embedded_json(record.get("response")))]
        ),
        id=find_record_id(record),
        thread=find_thread(record, requester_metadata),
        user=user,
        unit_kind=kind,
        started_at=find_timestamp(record),
        model=text_field(record, "model"),
        team=text_field(metadata, "user_api_key_team_alias", "user_api_key_team_id"),
    )


LITELLM = Format(
    name="litellm",
    title="LiteLLM: standard logging payloads, and its table of spend logs",
    identifies="account, else API key, else address",
    matches=_is_litellm,
    convert=_convert_litellm,
)


def _log_entry(record: Record) -> Record:
    """The log entry itself; CloudWatch wraps it as JSON text in a `message` field."""
    wrapped = nested_object(record, "message", "@message")
    return wrapped if "modelId" in wrapped else record


def _is_bedrock(record: Record) -> bool:
    entry = _log_entry(record)
    return entry.get("schemaType") == "ModelInvocationLog" or (
        "modelId" in entry and isinstance(entry.get("input"), dict)
    )


def _convert_bedrock(record: Record) -> Draft:
    entry = _log_entry(record)
    if entry.get("errorCode"):
        raise Unusable("failed-call")
    request = parse_embedded_json(nested_object(entry, "input").get("inputBodyJson"))
    response = parse_embedded_json(nested_object(entry, "output").get("outputBodyJson"))
    if request is None and response is None:
        # The log gives a path to the body. It is not opened, because the log is untrusted input.
        raise Unusable("body-elsewhere")
    user, kind = find_user(nested_object(entry, "requestMetadata"))
    role_name = text_field(nested_object(entry, "identity"), "arn")
    if user is None and role_name is not None:
        user, kind = role_name, _API_KEY
    return Draft(
        turns=require_turns([*_request_turns(request), *_response_turns(response)]),
        id=find_record_id(entry),
        thread=find_thread(nested_object(entry, "requestMetadata")),
        user=user,
        unit_kind=kind,
        started_at=find_timestamp(entry, record),
        model=text_field(entry, "modelId"),
    )


_API_KEY: UnitKind = "api_key"


def _request_turns(body: object) -> list[Turn]:
    """The turns in the request body of any vendor's model."""
    if not isinstance(body, dict):
        return turns_of_content("user", body) if isinstance(body, str) else []
    if isinstance(body.get("messages"), list):
        return [
            *turns_of_content("system", body.get("system")),
            *turns_of_messages(body["messages"]),
        ]
    chat_history = body.get("chat_history")
    turns = (
        list(turns_of_messages(chat_history))
        if isinstance(chat_history, list) and chat_history
        else []
    )
    return turns + turns_of_content("user", text_field(body, "inputText", "prompt", "message"))


def _response_turns(body: object) -> list[Turn]:
    """The turns in the response body of any vendor's model, complete or streamed."""
    if isinstance(body, list):
        return turns_of_content("assistant", "".join(filter(None, map(_chunk_text, body))))
    if not isinstance(body, dict):
        return turns_of_content("assistant", body) if isinstance(body, str) else []
    for name in ("results", "outputs", "generations"):
        results = body.get(name)
        if isinstance(results, list) and results and isinstance(results[0], dict):
            return turns_of_content("assistant", text_field(results[0], "outputText", "text"))
    message = nested_object(nested_object(body, "output"), "message")
    if message:
        return turns_of_content("assistant", message.get("content"))
    generated = text_field(body, "generation")
    return turns_of_content("assistant", generated) if generated else turns_of_response(body)


def _chunk_text(chunk: object) -> str | None:
    if not isinstance(chunk, dict):
        return None
    delta = nested_object(chunk, "contentBlockDelta") or chunk
    text = (
        nested_object(delta, "delta").get("text")
        or chunk.get("outputText")
        or chunk.get("generation")
    )
    return text if isinstance(text, str) else None


BEDROCK = Format(
    name="bedrock",
    title="AWS Bedrock: model invocation logs",
    identifies="account, where the request names one; else the caller's role, as an API key",
    matches=_is_bedrock,
    convert=_convert_bedrock,
)
