"""Spans and log records: OpenTelemetry's GenAI conventions, OpenInference, Vercel's AI SDK.

One export holds many spans, most of them no chat. The conventions have moved the text
about over the years: structured messages or JSON text in attributes, events of a span, log
records, numbered attributes. All of these are tried, newest first. A span that is no call
of a model still says whose trace it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from vstk.readers.draft import Draft, Format, Unusable, draft_of
from vstk.readers.fields import identifier
from vstk.readers.formats.traces import answered, asked
from vstk.readers.speech import Said, said, turns
from vstk.readers.times import when
from vstk.readers.values import Record, dicts, first, inner, text_of, unpacked

_CHATS = frozenset({"chat", "text_completion", "generate_content", "completion", ""})
_NAMES = ("gen_ai.", "llm.", "openinference.", "ai.prompt", "ai.response", "ai.operationId")


def _is_span(record: Record) -> bool:
    if any(name in record for name in ("resourceSpans", "scopeSpans", "resourceLogs", "_logs")):
        return True
    known = any(name.startswith(_NAMES) for name in _attributes(record))
    return known or ("attributes" in record and bool(_trace(record)))


def _trace(span: Record) -> str | None:
    context = inner(span, "context", "span_context")
    found = first(span, "traceId", "trace_id", "context.trace_id", "TraceId")
    return identifier(found or first(context, "trace_id", "traceId"))


def _span_id(span: Record) -> str | None:
    context = inner(span, "context", "span_context")
    found = first(span, "spanId", "span_id", "context.span_id", "SpanId")
    return identifier(found or first(context, "span_id", "spanId"))


def _split(record: Record) -> list[Record]:
    """Every span of an OTLP document, and the log records of each span together."""
    found: list[Record] = []
    for resource in dicts(record.get("resourceSpans")) or [dict(record)]:
        for scope in dicts(
            resource.get("scopeSpans") or resource.get("instrumentationLibrarySpans")
        ):
            found += dicts(scope.get("spans"))
    groups: dict[tuple[str | None, str | None], list[Record]] = {}
    for resource in dicts(record.get("resourceLogs")):
        for scope in dicts(resource.get("scopeLogs")):
            for entry in dicts(scope.get("logRecords")):
                groups.setdefault((_trace(entry), _span_id(entry)), []).append(entry)
    found += [
        {"_logs": entries, "traceId": trace, "spanId": span}
        for (trace, span), entries in groups.items()
    ]
    return found or [record]


def _attributes(span: Record) -> dict[str, Any]:
    """The span's attributes under their dotted names, however they were written."""
    written = unpacked(span.get("attributes"))
    if isinstance(written, list):
        return {
            str(pair.get("key")): _value(pair.get("value"))
            for pair in written
            if isinstance(pair, dict)
        }
    found = dict(_flat(written, "")) if isinstance(written, dict) else {}
    prefix = "attributes."
    found |= {name[len(prefix) :]: span[name] for name in span if name.startswith(prefix)}
    return found or dict(span)


def _flat(nested: Mapping[str, Any], prefix: str, depth: int = 6) -> Iterator[tuple[str, Any]]:
    for name, value in nested.items():
        if isinstance(value, dict) and depth:
            yield from _flat(value, f"{prefix}{name}.", depth - 1)
        else:
            yield f"{prefix}{name}", value


def _value(typed: object, depth: int = 12) -> Any:
    """An OTLP value without its wrapping; another value as it is."""
    if not isinstance(typed, dict) or not depth:
        return typed if isinstance(typed, str | int | float) else None
    if isinstance(typed.get("arrayValue"), dict):
        return [_value(v, depth - 1) for v in dicts(typed["arrayValue"].get("values"))]
    if isinstance(typed.get("kvlistValue"), dict):
        return {
            str(pair.get("key")): _value(pair.get("value"), depth - 1)
            for pair in dicts(typed["kvlistValue"].get("values"))
        }
    if len(typed) == 1 and next(iter(typed)).endswith("Value"):
        return next(iter(typed.values()))
    return typed


_PREFIXES = (
    "ai.telemetry.metadata.",
    "traceloop.association.properties.",
    "langfuse.trace.metadata.",
    "langfuse.",
    "langsmith.metadata.",
    "metadata.",
)


def _people(about: Record) -> Record:
    """Attributes that instrumentations put under a prefix of their own, without it."""
    found: dict[str, Any] = dict(inner(about, "metadata"))
    for name, value in about.items():
        for prefix in _PREFIXES:
            if name.startswith(prefix):
                found[name[len(prefix) :]] = value
    return found


def _convert(span: Record) -> Draft:
    if "_logs" in span:
        return _logged(span)
    about = _attributes(span)
    theirs = _people(about)
    known: dict[str, Any] = {
        "id": _span_id(span),
        "scope": _trace(span),
        "started_at": when(
            first(span, "startTimeUnixNano", "start_time_unix_nano", "start_time", "startTime")
            or first(span, "timeUnixNano", "observedTimeUnixNano", "timestamp", "Timestamp")
        ),
        "model": text_of(
            about, "gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "ai.model.id"
        ),
    }
    operation = about.get("gen_ai.operation.name", "")
    kind = about.get("openinference.span.kind", "LLM")
    agent = operation == "invoke_agent" or kind == "AGENT"
    known_operation = isinstance(operation, str) and operation in _CHATS and kind == "LLM"
    if not known_operation and not (agent and _trace(span)):
        return draft_of([], about, theirs, form="context", **known)
    if (name := _event_name(span, about)).startswith("gen_ai.") and "body" in span:
        found = _events([{**span, "name": name}])
        return draft_of(found, about, theirs, form="piece", **known)
    found = (
        _genai(about)
        or _vercel(about)
        or _events(dicts(span.get("events")))
        or _numbered(about)
        or _openinference(about)
    )
    if not found or (agent and len({side for side, _ in found}) < 2):
        reason = "no-text" if any(name.startswith("gen_ai.") for name in about) else "no-chat"
        return draft_of([], about, theirs, form="context", reason=reason, **known)
    outer = about.get("ai.operationId")
    outline = agent or (isinstance(outer, str) and not outer.endswith(("doGenerate", "doStream")))
    return draft_of(found, about, theirs, outline=outline, **known)


def _event_name(span: Record, about: Record) -> str:
    return str(first(span, "eventName", "event_name", "name") or about.get("event.name") or "")


def _logged(span: Record) -> Draft:
    entries = dicts(span.get("_logs"))
    about = {k: v for entry in entries for k, v in _attributes(entry).items()}
    named = [entry | {"name": _event_name(entry, _attributes(entry))} for entry in entries]
    known: dict[str, Any] = {
        "id": _span_id(span),
        "scope": _trace(span),
        "started_at": next(
            (at for e in entries if (at := when(first(e, "timeUnixNano", "observedTimeUnixNano")))),
            None,
        ),
        "model": text_of(about, "gen_ai.response.model", "gen_ai.request.model"),
    }
    found = _events(named)
    return draft_of(found, about, _people(about), form=None if found else "context", **known)


def _genai(about: Record) -> list[Said]:
    found = _messages(about, "gen_ai.input.messages") + _messages(about, "gen_ai.output.messages")
    return found and said("system", unpacked(about.get("gen_ai.system_instructions"))) + found


def _messages(about: Record, name: str) -> list[Said]:
    messages = unpacked(about.get(name))
    return turns(messages) if isinstance(messages, list) and messages else []


def _vercel(about: Record) -> list[Said]:
    if not any(name in about for name in ("ai.prompt", "ai.prompt.messages", "ai.response.text")):
        return []
    prompt = inner(about, "ai.prompt")
    found = said("system", prompt.get("system"))
    found += asked(about.get("ai.prompt.messages") or about.get("ai.prompt"))
    return found + said("assistant", about.get("ai.response.text"))


def _events(events: list[Record] | list[dict[str, Any]]) -> list[Said]:
    """One event a message, as before version 1.37 of the conventions; or one for a call."""
    found: list[Said] = []
    for event in events:
        about = _attributes(event)
        body = _value(unpacked(event.get("body")))
        if isinstance(body, dict):
            about = about | body
        name = str(event.get("name"))
        if name == "gen_ai.client.inference.operation.details":
            return _genai(about)
        if name == "gen_ai.choice":
            message = inner(about, "message", "gen_ai.completion") or about
            found += said("assistant", message.get("content"))
        elif match := re.fullmatch(r"gen_ai\.(system|user|assistant|tool)\.message", name):
            found += turns([{"role": match[1], "content": about.get("content")}])
        elif name == "gen_ai.content.prompt":
            found += asked(about.get("gen_ai.prompt"))
        elif name == "gen_ai.content.completion":
            found += answered(about.get("gen_ai.completion"))
    return found


def _numbered(about: Record) -> list[Said]:
    """`gen_ai.prompt.0.content` and the like, or the two of them whole."""
    if "gen_ai.prompt" in about:
        return asked(about["gen_ai.prompt"]) + answered(about.get("gen_ai.completion"))
    found: list[Said] = []
    for side, other in (("prompt", "user"), ("completion", "assistant")):
        for number in _numbers(about, f"gen_ai.{side}."):
            at = f"gen_ai.{side}.{number}."
            role = about.get(f"{at}role") or other
            found += turns([{"role": role, "content": _typed(about.get(f"{at}content"))}])
    return found


def _typed(content: object) -> object:
    """Content that is a list of typed parts written as text."""
    value = unpacked(content)
    return value if isinstance(value, list) and all(isinstance(v, dict) for v in value) else content


def _openinference(about: Record) -> list[Said]:
    found: list[Said] = []
    for name in ("llm.input_messages", "llm.output_messages"):
        messages = unpacked(about.get(name))
        if isinstance(messages, list):
            for message in dicts(messages):
                message = dict(_flat(message, ""))
                found += _message({k.removeprefix("message."): v for k, v in message.items()})
            continue
        for number in _numbers(about, f"{name}."):
            at = f"{name}.{number}.message."
            found += _message({k[len(at) :]: v for k, v in about.items() if k.startswith(at)})
    return found or asked(about.get("input.value")) + answered(about.get("output.value"))


def _message(message: Record) -> list[Said]:
    content = message.get("content")
    if content is None:
        numbers = _numbers(message, "contents.")
        texts = [message.get(f"contents.{n}.message_content.text") for n in numbers]
        for part in dicts(message.get("contents")):
            texts.append(dict(_flat(part, "")).get("message_content.text"))
        content = [text for text in texts if isinstance(text, str)]
    return turns([{"role": message.get("role"), "content": content}])


def _numbers(about: Record, prefix: str) -> list[int]:
    rest = (name[len(prefix) :].split(".")[0] for name in about if name.startswith(prefix))
    return sorted({int(number) for number in rest if number.isascii() and number.isdigit()})[:5000]


def _checked(span: Record) -> Draft:
    try:
        return _convert(span)
    except Unusable as refusal:
        if refusal.reason != "no-text":
            raise
        about = _attributes(span)
        known: dict[str, Any] = {"scope": _trace(span), "reason": "no-text", "id": _span_id(span)}
        return draft_of([], about, _people(about), form="context", **known)


SPANS = Format(
    name="otel-genai",
    title="Spans and log records: OpenTelemetry GenAI (OTLP JSON), OpenInference, Vercel AI SDK",
    identifies="account, where the application sets `user.id` or `enduser.id` in the trace",
    marks=(
        *("resourceSpans", "scopeSpans", "resourceLogs", "_logs", "attributes", "attributes."),
        *_NAMES,
    ),
    matches=_is_span,
    convert=_checked,
    split=_split,
    lost="spans other than calls of a model, reasoning, tool calls",
)
