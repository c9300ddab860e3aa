"""Logs that gateways and clouds write of the calls that pass through them.

Their user is often a key or a role that a whole application shares, and is then
reported as such: no promise to a person can be made of it.
"""

from __future__ import annotations

from vstk.readers.draft import Draft, Format, Unusable, joined, said, turns
from vstk.readers.fields import Record, inner, moment, own_id, person, text_of, thread, unpacked
from vstk.readers.pairs import reply
from vstk.types import Turn, UnitKind


def _is_litellm(record: Record) -> bool:
    return "messages" in record and (
        "call_type" in record or "model_group" in record or "user_api_key_hash" in _about(record)
    )


def _about(record: Record) -> Record:
    return inner(record, "metadata")


def _litellm(record: Record) -> Draft:
    if record.get("status") == "failure":
        raise Unusable("failed-call")
    about = _about(record)
    theirs = inner(about, "requester_metadata")
    messages = unpacked(record.get("messages"))
    asked = said("user", messages) if isinstance(messages, str) else turns(messages)
    user, kind = person(record, theirs, about)
    return Draft(
        turns=joined([*asked, *reply(unpacked(record.get("response")))]),
        id=own_id(record),
        thread=thread(record, theirs),
        user=user,
        unit_kind=kind,
        started_at=moment(record),
        model=text_of(record, "model"),
        team=text_of(about, "user_api_key_team_alias", "user_api_key_team_id"),
    )


LITELLM = Format(
    name="litellm",
    title="LiteLLM: standard logging payloads, and its table of spend logs",
    identifies="account, else API key, else address",
    matches=_is_litellm,
    convert=_litellm,
)


def _call(record: Record) -> Record:
    """The log entry itself: CloudWatch puts it into a text of its own."""
    inside = inner(record, "message", "@message")
    return inside if "modelId" in inside else record


def _is_bedrock(record: Record) -> bool:
    call = _call(record)
    return call.get("schemaType") == "ModelInvocationLog" or (
        "modelId" in call and isinstance(call.get("input"), dict)
    )


def _bedrock(record: Record) -> Draft:
    call = _call(record)
    if call.get("errorCode"):
        raise Unusable("failed-call")
    request = unpacked(inner(call, "input").get("inputBodyJson"))
    response = unpacked(inner(call, "output").get("outputBodyJson"))
    if request is None and response is None:
        # The path to it was written by whoever wrote the log: it is not followed.
        raise Unusable("body-elsewhere")
    user, kind = person(inner(call, "requestMetadata"))
    role_name = text_of(inner(call, "identity"), "arn")
    if user is None and role_name is not None:
        user, kind = role_name, _API_KEY
    return Draft(
        turns=joined([*_asked(request), *_answered(response)]),
        id=own_id(call),
        thread=thread(inner(call, "requestMetadata")),
        user=user,
        unit_kind=kind,
        started_at=moment(call, record),
        model=text_of(call, "modelId"),
    )


_API_KEY: UnitKind = "api_key"


def _asked(body: object) -> list[Turn]:
    """The history in a request to any of the vendors' models."""
    if not isinstance(body, dict):
        return said("user", body) if isinstance(body, str) else []
    if isinstance(body.get("messages"), list):
        return [*said("system", body.get("system")), *turns(body["messages"])]
    earlier = body.get("chat_history")
    found = list(turns(earlier)) if isinstance(earlier, list) and earlier else []
    return found + said("user", text_of(body, "inputText", "prompt", "message"))


def _answered(body: object) -> list[Turn]:
    """The answer out of any of the vendors' bodies, whole or in pieces of a stream."""
    if isinstance(body, list):
        return said("assistant", "".join(filter(None, map(_piece, body))))
    if not isinstance(body, dict):
        return said("assistant", body) if isinstance(body, str) else []
    for name in ("results", "outputs", "generations"):
        results = body.get(name)
        if isinstance(results, list) and results and isinstance(results[0], dict):
            return said("assistant", text_of(results[0], "outputText", "text"))
    message = inner(inner(body, "output"), "message")
    if message:
        return said("assistant", message.get("content"))
    generated = text_of(body, "generation")
    return said("assistant", generated) if generated else reply(body)


def _piece(chunk: object) -> str | None:
    if not isinstance(chunk, dict):
        return None
    delta = inner(chunk, "contentBlockDelta") or chunk
    text = inner(delta, "delta").get("text") or chunk.get("outputText") or chunk.get("generation")
    return text if isinstance(text, str) else None


BEDROCK = Format(
    name="bedrock",
    title="AWS Bedrock: model invocation logs",
    identifies="account, where the request names one; else the caller's role, as an API key",
    matches=_is_bedrock,
    convert=_bedrock,
)
