"""Traces of applications: Langfuse and LangSmith.

A trace holds every step of a program. Only calls of a chat model are
conversations; the other steps are passed over, and counted as such.
"""

from __future__ import annotations

from vstk.readers.draft import Draft, Format, Unusable, joined, said, turns
from vstk.readers.fields import Record, inner, moment, own_id, person, text_of, thread, unpacked
from vstk.readers.pairs import reply
from vstk.types import Turn

_LANGCHAIN_SIDES = {
    "HumanMessage": "user",
    "AIMessage": "assistant",
    "SystemMessage": "system",
    "ToolMessage": "tool",
    "FunctionMessage": "tool",
}


def _is_langfuse(record: Record) -> bool:
    named = {"traceId", "trace_id", "sessionId", "session_id", "projectId", "project_id"}
    return bool(named & record.keys()) and "input" in record and "output" in record


def _langfuse(record: Record) -> Draft:
    if str(record.get("type", "GENERATION")).upper() not in ("GENERATION", "TRACE"):
        raise Unusable("no-chat")
    about = inner(record, "metadata")
    user, kind = person(record, about)
    return Draft(
        turns=joined([*asked(record.get("input")), *answered(record.get("output"))]),
        id=own_id(record),
        thread=thread(record, about),
        user=user,
        unit_kind=kind,
        started_at=moment(record),
        model=text_of(record, "model", "provided_model_name"),
        team=text_of(record, "environment"),
    )


LANGFUSE = Format(
    name="langfuse",
    title="Langfuse: traces and observations, exported as JSON or JSONL",
    identifies="account, where the application sets `userId`",
    matches=_is_langfuse,
    convert=_langfuse,
)


def _is_langsmith(record: Record) -> bool:
    return "run_type" in record and "inputs" in record


def _langsmith(record: Record) -> Draft:
    if record.get("run_type") != "llm":
        raise Unusable("no-chat")
    if record.get("error"):
        raise Unusable("failed-call")
    # The run's own `session_id` is the project it was traced in, not a conversation.
    about = inner(inner(record, "extra"), "metadata")
    user, kind = person(about)
    return Draft(
        turns=joined([*asked(record.get("inputs")), *answered(record.get("outputs"))]),
        id=own_id(record),
        thread=thread(about),
        user=user,
        unit_kind=kind,
        started_at=moment(record),
        model=text_of(about, "ls_model_name"),
    )


LANGSMITH = Format(
    name="langsmith",
    title="LangSmith: runs, exported as JSON or JSONL",
    identifies="account, where the run's metadata names one",
    matches=_is_langsmith,
    convert=_langsmith,
)


def asked(value: object) -> list[Turn]:
    """The history in what an application notes as a call's input."""
    value = unpacked(value)
    if isinstance(value, str):
        return said("user", value)
    if isinstance(value, dict):
        inside = unpacked(value.get("messages"))
        if isinstance(inside, list):
            return [*said("system", value.get("system")), *_messages(inside)]
        return said("user", text_of(value, "input", "question", "query", "prompt", "message"))
    return _messages(value) if isinstance(value, list) else []


def answered(value: object) -> list[Turn]:
    """The answer in what an application notes as a call's output."""
    value = unpacked(value)
    if isinstance(value, dict):
        generations = value.get("generations")
        while isinstance(generations, list) and generations:
            generations = generations[0]
        if isinstance(generations, dict):
            message = _plain(generations.get("message"))
            return said("assistant", message.get("content") or generations.get("text"))
        for name in ("output", "message"):
            if isinstance(value.get(name), dict):
                return said("assistant", _plain(value[name]).get("content"))
        if "role" in value or "kwargs" in value:
            return said("assistant", _plain(value).get("content"))
        inside = value.get("messages")
        if isinstance(inside, list) and inside:
            return said("assistant", _plain(inside[-1]).get("content"))
    return reply(value)


def _messages(messages: list[object]) -> list[Turn]:
    if messages and isinstance(messages[0], list):  # LangChain batches
        messages = messages[0]
    return list(turns([_plain(message) for message in messages]))


def _plain(message: object) -> Record:
    """A message as role and content, out of LangChain's ways of writing it."""
    if isinstance(message, str):
        return {"role": "user", "content": message}
    if not isinstance(message, dict):
        return {}
    body = inner(message, "kwargs", "data") or message
    kind = message.get("id")
    name = kind[-1] if isinstance(kind, list) and kind else None
    side = _LANGCHAIN_SIDES.get(str(name).removesuffix("Chunk"))
    side = side or message.get("role") or message.get("type") or body.get("role")
    return {"role": side, "content": body.get("content")}
