"""Traces of applications: Langfuse, LangSmith and MLflow.

A trace holds every step of a program. Only calls of a chat model are conversations; the
other steps say at most whose trace it is. A trace's own input and output count where none
of its steps is a conversation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from vstk.readers.draft import Draft, Format, Unusable, draft_of
from vstk.readers.fields import identifier, person, thread
from vstk.readers.prompts import transcript
from vstk.readers.replies import reply
from vstk.readers.speech import ROLES, Said, said, turns
from vstk.readers.values import Record, dicts, first, inner, loaded, text_of, unpacked

_LANGCHAIN_SIDES = {
    "HumanMessage": "user",
    "AIMessage": "assistant",
    "SystemMessage": "system",
    "ToolMessage": "tool",
    "FunctionMessage": "tool",
}


def asked(value: object) -> list[Said]:
    """The history in what an application notes as a call's input."""
    value = unpacked(value)
    if isinstance(value, str):
        return transcript(value)
    if isinstance(value, dict):
        inside = unpacked(value.get("messages"))
        if isinstance(inside, list):
            return [*said("system", value.get("system")), *_messages(inside)]
        prompts = value.get("prompts")
        if isinstance(prompts, list) and prompts and isinstance(prompts[0], str):
            return transcript(prompts[0])
        if isinstance(value.get("contents"), list):
            return turns(value["contents"])
        if isinstance(arguments := value.get("args"), list) and arguments:
            return asked(arguments[0])
        if "role" in value and ("content" in value or "parts" in value):
            return _messages([value])
        names = (
            "input",
            "question",
            "query",
            "prompt",
            "message",
            "text",
            "user_input",
            "contents",
        )
        text = first(value, *names)
        return said("user", text) if isinstance(text, str) else asked(text) if text else []
    return _messages(value) if isinstance(value, list) else []


def answered(value: object) -> list[Said]:
    """The answer in what an application notes as a call's output."""
    value = unpacked(value)
    if value in ("None", "null"):  # what a program prints where there is nothing
        return []
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
    if isinstance(value, list) and value and isinstance(value[-1], dict) and "role" in value[-1]:
        return said("assistant", _plain(value[-1]).get("content"))
    return reply(value)


def _messages(messages: list[object]) -> list[Said]:
    if messages and isinstance(messages[0], list):  # LangChain batches
        messages = messages[0]
    return turns([_plain(message) for message in messages]) if messages else []


def _plain(message: object) -> Record:
    """A message as role and content, out of LangChain's ways of writing it."""
    if isinstance(message, str):
        return _printed(message) or {"role": "user", "content": message}
    if not isinstance(message, dict):
        return {}
    body = inner(message, "kwargs", "data") or message
    kind = message.get("id")
    name = kind[-1] if isinstance(kind, list) and kind else None
    side = _LANGCHAIN_SIDES.get(str(name).removesuffix("Chunk"))
    side = side or message.get("role") or message.get("type") or body.get("role")
    if isinstance(side, str) and side.lower() not in ROLES:
        # Some frameworks write a tool's name where its role should stand.
        side = "tool" if "content" in message or "content" in body else side
    return {"role": side, "content": first(body, "content", "parts", "text")}


_PRINTED = re.compile(
    r"role='(\w+)' content=(?:None|('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")) \w+=", re.DOTALL
)


def _printed(message: str) -> Record | None:
    """A message as Python prints an object of it."""
    if not (match := _PRINTED.match(message)):
        return None
    return {"role": match[1], "content": loaded(f"[{match[2]}]") if match[2] else None}


_LANGFUSE = ("traceId", "trace_id", "sessionId", "session_id", "projectId", "project_id")


def _is_langfuse(record: Record) -> bool:
    if not any(name in record for name in _LANGFUSE):
        return False
    return ("input" in record and "output" in record) or (
        "type" in record and ("startTime" in record or "start_time" in record)
    )


def _langfuse(record: Record) -> Draft:
    kind = str(record.get("type") or "").upper()
    trace = identifier(first(record, "traceId", "trace_id"))
    about = inner(record, "metadata")
    step = kind not in ("GENERATION", "TRACE", "")
    outline = not step and (kind == "TRACE" or trace is None)
    places = (record, about)
    scope = trace or identifier(record.get("id"))
    if step:
        return draft_of([], *places, form="context", scope=scope)
    found: list[Said] = []
    if outline:
        # What an application notes of a trace may be anything; only texts are speech.
        try:
            found = [*asked(record.get("input")), *answered(record.get("output"))]
        except Unusable:
            found = []
        if not found:
            return draft_of([], *places, form="context", scope=scope, reason="no-text")
    else:
        found = [*asked(record.get("input")), *answered(record.get("output"))]
    environment = text_of(record, "environment")
    return draft_of(found, *places, scope=scope, outline=outline, team=environment)


def _with_observations(trace: Record) -> Iterable[Record]:
    """A trace, and the observations that the API gives inside it."""
    observations = dicts(trace.get("observations"))
    yield {**trace, "observations": None} if observations else trace
    for observation in observations:
        yield {"traceId": trace.get("id"), **observation}


LANGFUSE = Format(
    name="langfuse",
    title="Langfuse: traces and observations, from the screen, the API or the blob export",
    identifies="account, where the application sets `userId` anywhere in the trace",
    marks=_LANGFUSE,
    matches=_is_langfuse,
    convert=_langfuse,
    split=_with_observations,
    team=True,
    lost="steps other than generations, scores",
)


def _root_exchange(record: Record) -> list[Said]:
    """What went into a trace and came out of it, where both are speech."""
    try:
        asked_for, replied = asked(record.get("inputs")), answered(record.get("outputs"))
    except Unusable:
        return []
    return asked_for + replied if asked_for and replied else []


def _with_children(run: Record, depth: int = 30) -> Iterable[Record]:
    """A run, and the runs that it holds."""
    yield run
    if depth:
        for child in dicts(run.get("child_runs")):
            yield from _with_children({"trace_id": run.get("trace_id"), **child}, depth - 1)


def _langsmith(record: Record) -> Draft:
    # The run's own `session_id` is the project it was traced in, not a conversation.
    extra = inner(record, "extra")
    about = {**inner(record, "metadata"), **inner(extra, "metadata")}
    user, kind = person(about)
    known = {"user": user, "unit_kind": kind, "thread": thread(about)}
    scope = identifier(record.get("trace_id"))
    if record.get("run_type") != "llm":
        found = _root_exchange(record) if scope and scope == identifier(record.get("id")) else []
        if found:
            return draft_of(found, record, scope=scope, outline=True, **known)
        return draft_of([], record, form="context", scope=scope, **known)
    if record.get("error"):
        raise Unusable("failed-call")
    return draft_of(
        [*asked(record.get("inputs")), *answered(record.get("outputs"))],
        record,
        scope=scope,
        model=text_of(about, "ls_model_name")
        or text_of(inner(extra, "invocation_params"), "model"),
        **known,
    )


LANGSMITH = Format(
    name="langsmith",
    title="LangSmith: runs, exported as JSON, JSONL, Parquet or pages of the API",
    identifies="account, where the metadata of a run of the trace names one",
    marks=("run_type",),
    matches=lambda record: "run_type" in record and ("inputs" in record or "trace_id" in record),
    convert=_langsmith,
    split=_with_children,
    lost="chains, tools, retrievers, failed runs",
)


def _mlflow_spans(record: Record) -> Iterable[Record]:
    info = inner(record, "info", "trace_info")
    about = {**inner(info, "tags"), **inner(info, "trace_metadata", "request_metadata")}
    spans = dicts(inner(record, "data", "trace_data").get("spans"))
    scope = identifier(first(info, "trace_id", "request_id"))
    for span in spans:
        yield {"mlflow": inner(span, "attributes"), "info": info, "about": about, "scope": scope}
    if not spans:
        yield {"mlflow": {}, "info": info, "about": about, "scope": scope}


def _mlflow(record: Record) -> Draft:
    span, about, info = inner(record, "mlflow"), inner(record, "about"), inner(record, "info")
    user, kind = person({"user": about.get("mlflow.trace.user")}, about)
    known = {
        "user": user,
        "unit_kind": kind,
        "thread": identifier(about.get("mlflow.trace.session")),
        "scope": identifier(record.get("scope")),
        "id": None,
    }
    if unpacked(span.get("mlflow.spanType")) not in ("CHAT_MODEL", "LLM"):
        return draft_of([], info, form="context", **known)
    found = asked(span.get("mlflow.spanInputs")) + answered(span.get("mlflow.spanOutputs"))
    inputs = inner(span, "mlflow.spanInputs")
    return draft_of(found, info, model=text_of(inputs, "model"), **known)


MLFLOW = Format(
    name="mlflow",
    title="MLflow: traces with `info` and `data.spans`",
    identifies="account: `mlflow.trace.user`",
    marks=("info", "trace_info", "mlflow"),
    matches=lambda record: bool(inner(record, "data", "trace_data").get("spans")),
    convert=_mlflow,
    split=_mlflow_spans,
    lost="spans other than calls of a model",
)
