"""Application traces of Langfuse and LangSmith.

A trace contains every step of a program. Only calls of a chat model are conversations;
the other steps are rejected and counted as `no-chat`.
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
from vstk.types import Turn

_LANGCHAIN_ROLES = {
    "HumanMessage": "user",
    "AIMessage": "assistant",
    "SystemMessage": "system",
    "ToolMessage": "tool",
    "FunctionMessage": "tool",
}


def _is_langfuse(record: Record) -> bool:
    named = {"traceId", "trace_id", "sessionId", "session_id", "projectId", "project_id"}
    return bool(named & record.keys()) and "input" in record and "output" in record


def _convert_langfuse(record: Record) -> Draft:
    if str(record.get("type", "GENERATION")).upper() not in ("GENERATION", "TRACE"):
        raise Unusable("no-chat")
    metadata = nested_object(record, "metadata")
    user, kind = find_user(record, metadata)
    return Draft(
        turns=require_turns(
            [*input_turns(record.get("input")), *output_turns(record.get("output"))]
        ),
        id=find_record_id(record),
        thread=find_thread(record, metadata),
        user=user,
        unit_kind=kind,
        started_at=find_timestamp(record),
        model=text_field(record, "model", "provided_model_name"),
        team=text_field(record, "environment"),
    )


LANGFUSE = Format(
    name="langfuse",
    title="Langfuse: traces and observations, exported as JSON or JSONL",
    identifies="account, where the application sets `userId`",
    matches=_is_langfuse,
    convert=_convert_langfuse,
)


def _is_langsmith(record: Record) -> bool:
    return "run_type" in record and "inputs" in record


def _convert_langsmith(record: Record) -> Draft:
    if record.get("run_type") != "llm":
        raise Unusable("no-chat")
    if record.get("error"):
        raise Unusable("failed-call")
    # The run's own `session_id` identifies the project, not the conversation.
    metadata = nested_object(nested_object(record, "extra"), "metadata")
    user, kind = find_user(metadata)
    return Draft(
        turns=require_turns(
            [*input_turns(record.get("inputs")), *output_turns(record.get("outputs"))]
        ),
        id=find_record_id(record),
        thread=find_thread(metadata),
        user=user,
        unit_kind=kind,
        started_at=find_timestamp(record),
        model=text_field(metadata, "ls_model_name"),
    )


LANGSMITH = Format(
    name="langsmith",
    title="LangSmith: runs, exported as JSON or JSONL",
    identifies="account, where the run's metadata names one",
    matches=_is_langsmith,
    convert=_convert_langsmith,
)


def input_turns(value: object) -> list[Turn]:
    """The turns in the recorded input of a call."""
    value = parse_embedded_json(value)
    if isinstance(value, str):
        return turns_of_content("user", value)
    if isinstance(value, dict):
        messages = parse_embedded_json(value.get("messages"))
        if isinstance(messages, list):
            return [*turns_of_content("system", value.get("system")), *_turns_of_messages(messages)]
        return turns_of_content(
            "user", text_field(value, "input", "question", "query", "prompt", "message")
        )
    return _turns_of_messages(value) if isinstance(value, list) else []


def output_turns(value: object) -> list[Turn]:
    """The turns in the recorded output of a call."""
    value = parse_embedded_json(value)
    if isinstance(value, dict):
        generations = value.get("generations")
        while isinstance(generations, list) and generations:
            generations = generations[0]
        if isinstance(generations, dict):
            message = _role_and_content(generations.get("message"))
            return turns_of_content("assistant", message.get("content") or generations.get("text"))
        for name in ("output", "message"):
            if isinstance(value.get(name), dict):
                return turns_of_content("assistant", _role_and_content(value[name]).get("content"))
        if "role" in value or "kwargs" in value:
            return turns_of_content("assistant", _role_and_content(value).get("content"))
        messages = value.get("messages")
        if isinstance(messages, list) and messages:
            return turns_of_content("assistant", _role_and_content(messages[-1]).get("content"))
    return turns_of_response(value)


def _turns_of_messages(messages: list[object]) -> list[Turn]:
    if messages and isinstance(messages[0], list):  # LangChain batches
        messages = messages[0]
    return list(turns_of_messages([_role_and_content(message) for message in messages]))


def _role_and_content(message: object) -> Record:
    """A message as role and content, from any of LangChain's serialisations."""
    if isinstance(message, str):
        return {"role": "user", "content": message}
    if not isinstance(message, dict):
        return {}
    body = nested_object(message, "kwargs", "data") or message
    kind = message.get("id")
    name = kind[-1] if isinstance(kind, list) and kind else None
    role = _LANGCHAIN_ROLES.get(str(name).removesuffix("Chunk"))
    role = role or message.get("role") or message.get("type") or body.get("role")
    return {"role": role, "content": body.get("content")}
