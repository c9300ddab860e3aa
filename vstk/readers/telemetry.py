"""Spans: OpenTelemetry's GenAI conventions, and OpenInference.

One export holds many spans, most of them no chat. The conventions have moved
the text about over the years: structured messages or JSON text in attributes,
events of a span, numbered attributes. All of these are tried, newest first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from vstk.readers.draft import Draft, Format, Unusable, joined, said, turns
from vstk.readers.fields import Record, inner, own_id, person, text_of, unpacked, when
from vstk.readers.traces import answered, asked
from vstk.types import Turn

_CHATS = frozenset({"chat", "text_completion", "generate_content", "invoke_agent", ""})


def _is_span(record: Record) -> bool:
    if "resourceSpans" in record or "scopeSpans" in record:
        return True
    names = _attributes(record).keys()
    return any(name.startswith(("gen_ai.", "llm.", "openinference.")) for name in names)


def _spans(record: Record) -> list[Record]:
    """Every span of an OTLP document; a record that holds none stands for itself."""
    found: list[Record] = []
    for resource in _dicts(record.get("resourceSpans")):
        for scope in _dicts(resource.get("scopeSpans")):
            found += _dicts(scope.get("spans"))
    return found or [record]


def _attributes(span: Record) -> dict[str, Any]:
    """The span's attributes under their dotted names, however they were written."""
    written = span.get("attributes")
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
    """An OTLP value without its wrapping."""
    if not isinstance(typed, dict) or not depth:
        return None
    if isinstance(typed.get("arrayValue"), dict):
        return [_value(v, depth - 1) for v in _dicts(typed["arrayValue"].get("values"))]
    if isinstance(typed.get("kvlistValue"), dict):
        return {
            str(pair.get("key")): _value(pair.get("value"), depth - 1)
            for pair in _dicts(typed["kvlistValue"].get("values"))
        }
    return next(iter(typed.values()), None)


def _convert(span: Record) -> Draft:
    about = _attributes(span)
    operation = about.get("gen_ai.operation.name", "")
    kind_of_span = about.get("openinference.span.kind", "LLM")
    if operation not in _CHATS or kind_of_span != "LLM":
        raise Unusable("no-chat")
    found = _genai(about) or _events(span) or _numbered(about) or _openinference(about)
    user, kind = person(about, _dotless(about))
    return Draft(
        turns=joined(found),
        id=own_id({"id": span.get("spanId") or about.get("context.span_id")}),
        thread=text_of(about, "gen_ai.conversation.id", "session.id"),
        user=user,
        unit_kind=kind,
        started_at=when(span.get("startTimeUnixNano") or span.get("start_time")),
        model=text_of(about, "gen_ai.response.model", "gen_ai.request.model", "llm.model_name"),
        team=text_of(about, "team"),
    )


def _dotless(about: Record) -> Record:
    return {str(name).replace(".", "_"): value for name, value in about.items()}


def _genai(about: Record) -> list[Turn]:
    found = _messages(about, "gen_ai.input.messages") + _messages(about, "gen_ai.output.messages")
    return found and said("system", unpacked(about.get("gen_ai.system_instructions"))) + found


def _messages(about: Record, name: str) -> list[Turn]:
    messages = unpacked(about.get(name))
    return list(turns(messages)) if isinstance(messages, list) and messages else []


def _events(span: Record) -> list[Turn]:
    """One event a message, as before version 1.37 of the conventions."""
    found: list[Turn] = []
    for event in _dicts(span.get("events")):
        about = _attributes(event)
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


def _numbered(about: Record) -> list[Turn]:
    """`gen_ai.prompt.0.content` and the like, or the two of them whole."""
    if "gen_ai.prompt" in about:
        return asked(about["gen_ai.prompt"]) + answered(about.get("gen_ai.completion"))
    found: list[Turn] = []
    for side, other in (("prompt", "user"), ("completion", "assistant")):
        for number in _numbers(about, f"gen_ai.{side}."):
            at = f"gen_ai.{side}.{number}."
            role = about.get(f"{at}role") or other
            found += turns([{"role": role, "content": about.get(f"{at}content")}])
    return found


def _openinference(about: Record) -> list[Turn]:
    found: list[Turn] = []
    for name in ("llm.input_messages", "llm.output_messages"):
        messages = unpacked(about.get(name))
        if isinstance(messages, list):
            for message in _dicts(messages):
                message = dict(_flat(message, ""))
                found += _message({k.removeprefix("message."): v for k, v in message.items()})
            continue
        for number in _numbers(about, f"{name}."):
            at = f"{name}.{number}.message."
            found += _message({k[len(at) :]: v for k, v in about.items() if k.startswith(at)})
    return found or asked(about.get("input.value")) + answered(about.get("output.value"))


def _message(message: Record) -> list[Turn]:
    content = message.get("content")
    if content is None:
        numbers = _numbers(message, "contents.")
        texts = (message.get(f"contents.{n}.message_content.text") for n in numbers)
        content = [text for text in texts if isinstance(text, str)]
    return list(turns([{"role": message.get("role"), "content": content}]))


def _numbers(about: Record, prefix: str) -> list[int]:
    rest = (name[len(prefix) :].split(".")[0] for name in about if name.startswith(prefix))
    return sorted({int(number) for number in rest if number.isascii() and number.isdigit()})


def _dicts(values: object) -> list[dict[str, Any]]:
    return [v for v in values if isinstance(v, dict)] if isinstance(values, list) else []


SPANS = Format(
    name="otel-genai",
    title="Spans: OpenTelemetry GenAI (OTLP JSON) and OpenInference (Phoenix)",
    identifies="account, where the application sets `user.id` or `enduser.id`",
    matches=_is_span,
    convert=_convert,
    split=_spans,
)
