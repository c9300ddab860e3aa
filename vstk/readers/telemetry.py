"""Spans in the OpenTelemetry GenAI semantic conventions and in OpenInference.

Most spans of an export are not chat calls. Successive versions of the conventions store
the messages in different places: structured or as JSON text in attributes, in events of
the span, or in numbered attributes. All of these are tried, newest first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

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
    find_user,
    nested_object,
    parse_embedded_json,
    parse_timestamp,
    text_field,
)
from vstk.readers.traces import input_turns, output_turns
from vstk.types import Turn

_CHAT_OPERATIONS = frozenset({"chat", "text_completion", "generate_content", "invoke_agent", ""})


def _is_span(record: Record) -> bool:
    if "resourceSpans" in record or "scopeSpans" in record:
        return True
    names = _attributes(record).keys()
    return any(name.startswith(("gen_ai.", "llm.", "openinference.")) for name in names)


def _spans(record: Record) -> list[Record]:
    """All spans of an OTLP document; a record without spans is returned as the only one."""
    spans: list[Record] = []
    for resource in _dicts(record.get("resourceSpans")):
        for scope in _dicts(resource.get("scopeSpans")):
            spans += _dicts(scope.get("spans"))
    return spans or [record]


def _attributes(span: Record) -> dict[str, Any]:
    """The span's attributes by dotted name, from any of the layouts in use."""
    written = span.get("attributes")
    if isinstance(written, list):
        return {
            str(pair.get("key")): _unwrap(pair.get("value"))
            for pair in written
            if isinstance(pair, dict)
        }
    attributes = dict(_flatten(written, "")) if isinstance(written, dict) else {}
    prefix = "attributes."
    attributes |= {name[len(prefix) :]: span[name] for name in span if name.startswith(prefix)}
    return attributes or dict(span)


def _flatten(nested: Mapping[str, Any], prefix: str, depth: int = 6) -> Iterator[tuple[str, Any]]:
    for name, value in nested.items():
        if isinstance(value, dict) and depth:
            yield from _flatten(value, f"{prefix}{name}.", depth - 1)
        else:
            yield f"{prefix}{name}", value


def _unwrap(typed: object, depth: int = 12) -> Any:
    """The plain value of a typed OTLP value."""
    if not isinstance(typed, dict) or not depth:
        return None
    if isinstance(typed.get("arrayValue"), dict):
        return [_unwrap(v, depth - 1) for v in _dicts(typed["arrayValue"].get("values"))]
    if isinstance(typed.get("kvlistValue"), dict):
        return {
            str(pair.get("key")): _unwrap(pair.get("value"), depth - 1)
            for pair in _dicts(typed["kvlistValue"].get("values"))
        }
    return next(iter(typed.values()), None)


def _convert(span: Record) -> Draft:
    attributes = _attributes(span)
    operation = attributes.get("gen_ai.operation.name", "")
    kind_of_span = attributes.get("openinference.span.kind", "LLM")
    if operation not in _CHAT_OPERATIONS or kind_of_span != "LLM":
        raise Unusable("no-chat")
    turns = (
        _genai_turns(attributes)
        or _event_turns(span)
        or _numbered_turns(attributes)
        or _openinference_turns(attributes)
    )
    user, kind = find_user(attributes, _with_underscores(attributes))
    return Draft(
        turns=require_turns(turns),
        id=find_record_id({"id": span.get("spanId") or attributes.get("context.span_id")}),
        thread=text_field(attributes, "gen_ai.conversation.id", "session.id"),
        user=user,
        unit_kind=kind,
        started_at=parse_timestamp(span.get("startTimeUnixNano") or span.get("start_time")),
        model=text_field(
            attributes, "gen_ai.response.model", "gen_ai.request.model", "llm.model_name"
        ),
        team=text_field(attributes, "team"),
    )


def _with_underscores(attributes: Record) -> Record:
    return {str(name).replace(".", "_"): value for name, value in attributes.items()}


def _genai_turns(attributes: Record) -> list[Turn]:
    turns = _turns_of_attribute(attributes, "gen_ai.input.messages") + _turns_of_attribute(
        attributes, "gen_ai.output.messages"
    )
    return (
        turns
        and turns_of_content(
            "system", parse_embedded_json(attributes.get("gen_ai.system_instructions"))
        )
        + turns
    )


def _turns_of_attribute(attributes: Record, name: str) -> list[Turn]:
    messages = parse_embedded_json(attributes.get(name))
    return list(turns_of_messages(messages)) if isinstance(messages, list) and messages else []


def _event_turns(span: Record) -> list[Turn]:
    """Turns from span events, one per message, as in conventions before version 1.37."""
    turns: list[Turn] = []
    for event in _dicts(span.get("events")):
        attributes = _attributes(event)
        name = str(event.get("name"))
        if name == "gen_ai.client.inference.operation.details":
            return _genai_turns(attributes)
        if name == "gen_ai.choice":
            message = nested_object(attributes, "message", "gen_ai.completion") or attributes
            turns += turns_of_content("assistant", message.get("content"))
        elif match := re.fullmatch(r"gen_ai\.(system|user|assistant|tool)\.message", name):
            turns += turns_of_messages([{"role": match[1], "content": attributes.get("content")}])
        elif name == "gen_ai.content.prompt":
            turns += input_turns(attributes.get("gen_ai.prompt"))
        elif name == "gen_ai.content.completion":
            turns += output_turns(attributes.get("gen_ai.completion"))
    return turns


def _numbered_turns(attributes: Record) -> list[Turn]:
    """Turns from `gen_ai.prompt.0.content` and the like, or from `gen_ai.prompt` itself."""
    if "gen_ai.prompt" in attributes:
        return input_turns(attributes["gen_ai.prompt"]) + output_turns(
            attributes.get("gen_ai.completion")
        )
    turns: list[Turn] = []
    for field, default_role in (("prompt", "user"), ("completion", "assistant")):
        for index in _indices(attributes, f"gen_ai.{field}."):
            prefix = f"gen_ai.{field}.{index}."
            role = attributes.get(f"{prefix}role") or default_role
            turns += turns_of_messages(
                [{"role": role, "content": attributes.get(f"{prefix}content")}]
            )
    return turns


def _openinference_turns(attributes: Record) -> list[Turn]:
    turns: list[Turn] = []
    for name in ("llm.input_messages", "llm.output_messages"):
        messages = parse_embedded_json(attributes.get(name))
        if isinstance(messages, list):
            for message in _dicts(messages):
                message = dict(_flatten(message, ""))
                turns += _openinference_message_turns(
                    {k.removeprefix("message."): v for k, v in message.items()}
                )
            continue
        for index in _indices(attributes, f"{name}."):
            prefix = f"{name}.{index}.message."
            turns += _openinference_message_turns(
                {k[len(prefix) :]: v for k, v in attributes.items() if k.startswith(prefix)}
            )
    return turns or input_turns(attributes.get("input.value")) + output_turns(
        attributes.get("output.value")
    )


def _openinference_message_turns(message: Record) -> list[Turn]:
    content = message.get("content")
    if content is None:
        indices = _indices(message, "contents.")
        texts = (message.get(f"contents.{n}.message_content.text") for n in indices)
        content = [text for text in texts if isinstance(text, str)]
    return list(turns_of_messages([{"role": message.get("role"), "content": content}]))


def _indices(attributes: Record, prefix: str) -> list[int]:
    rest = (name[len(prefix) :].split(".")[0] for name in attributes if name.startswith(prefix))
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
