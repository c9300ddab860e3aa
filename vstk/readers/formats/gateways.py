"""Logs that gateways and clouds write of the calls that pass through them.

Their user is often a key or a role that a whole application shares, and is then reported
as such: no promise to a person can be made of it.
"""

from __future__ import annotations

from vstk.readers.draft import Draft, Format, Unusable, draft_of
from vstk.readers.fields import identifier, person, team_of
from vstk.readers.prompts import transcript
from vstk.readers.replies import reply
from vstk.readers.speech import Said, said, turns
from vstk.readers.values import Record, inner, text_of, unpacked
from vstk.types import UnitKind


def _is_litellm(record: Record) -> bool:
    if "call_type" in record or "model_group" in record:
        return "messages" in record or "proxy_server_request" in record
    return "metadata" in record and "user_api_key_hash" in inner(record, "metadata")


def _litellm(record: Record) -> Draft:
    if record.get("status") == "failure":
        raise Unusable("failed-call")
    about = inner(record, "metadata")
    theirs = inner(about, "requester_metadata", "spend_logs_metadata")
    messages = unpacked(record.get("messages"))
    if not messages:
        messages = unpacked(inner(record, "proxy_server_request").get("messages"))
    if isinstance(messages, dict):
        messages = messages.get("messages") or [messages]
    asked = said("user", messages) if isinstance(messages, str) else turns(messages)
    team = text_of(about, "user_api_key_team_alias", "user_api_key_team_id")
    found = [*asked, *reply(unpacked(record.get("response")))]
    return draft_of(found, record, theirs, about, team=team or team_of(record))


LITELLM = Format(
    name="litellm",
    title="LiteLLM: standard logging payloads, and its table of spend logs",
    identifies="end user, else owner of the key, else API key, else address",
    marks=("messages", "proxy_server_request"),
    matches=_is_litellm,
    convert=_litellm,
    team=True,
    lost="failed calls, masked text",
)


def _call(record: Record) -> Record:
    """The log entry itself, out of the envelope of a log group."""
    inside = inner(record, "message", "@message") if "input" not in record else {}
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
    body = request if isinstance(request, dict) else {}
    about = (inner(call, "requestMetadata"), inner(body, "metadata", "requestMetadata"))
    user, kind = person(*about)
    role_name = text_of(inner(call, "identity"), "arn")
    if user is None and role_name is not None:
        user, kind = role_name, _API_KEY
    found = [*_asked(request), *_answered(response)]
    return draft_of(found, call, *about, record, user=user, unit_kind=kind)


_API_KEY: UnitKind = "api_key"


def _asked(body: object) -> list[Said]:
    """The history in a request to any of the vendors' models."""
    if not isinstance(body, dict):
        return transcript(body) if isinstance(body, str) else []
    if isinstance(body.get("messages"), list):
        return [*said("system", body.get("system")), *turns(body["messages"])]
    earlier = body.get("chat_history")
    found = _cohere(earlier) if isinstance(earlier, list) and earlier else []
    preamble = said("system", body.get("preamble"))
    text = text_of(body, "inputText", "prompt", "message")
    return preamble + found + (transcript(text) if text else [])


def _cohere(messages: list[object]) -> list[Said]:
    return turns(
        [
            {"role": str(m.get("role")).lower(), "content": m.get("message") or m.get("content")}
            for m in messages
            if isinstance(m, dict)
        ]
    )


def _answered(body: object) -> list[Said]:
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
    marks=("modelId", "message", "@message", "schemaType"),
    matches=_is_bedrock,
    convert=_bedrock,
    lost="bodies that were written to another object, images",
)

_APIM = ("RequestMessages", "ResponseMessages", "requestMessages_s", "responseMessages_s")


def _apim(record: Record) -> Draft:
    scope = identifier(record.get("CorrelationId"))
    if not any(record.get(name) for name in _APIM):
        return draft_of([], record, form="context", scope=scope)
    asked = unpacked(record.get("RequestMessages") or record.get("requestMessages_s"))
    answered = unpacked(record.get("ResponseMessages") or record.get("responseMessages_s"))
    if isinstance(asked, dict):
        asked = asked.get("messages") or [asked]
    found = turns(asked) if isinstance(asked, list) and asked else []
    found = found + reply(answered)
    return draft_of(found, record, scope=scope)


APIM = Format(
    name="azure-apim",
    title="Azure API Management: the tables `ApiManagementGatewayLlmLog` and `...GatewayLogs`",
    identifies="account, where a column names one; else the subscription, as an API key",
    marks=(*_APIM, "ApimSubscriptionId"),
    matches=lambda record: any(name in record for name in _APIM) or "CorrelationId" in record,
    convert=_apim,
    lost="messages longer than 32 KB, which Azure cuts in pieces",
)


def _no_text(record: Record) -> Draft:
    raise Unusable("no-text")


AZURE = Format(
    name="azure-diagnostics",
    title="Azure OpenAI diagnostic logs, which hold no text: every record is passed over",
    identifies="nothing",
    marks=("category", "Category"),
    matches=lambda record: (
        (record.get("category") or record.get("Category"))
        in ("RequestResponse", "Audit", "Trace", "AzureOpenAIRequestUsage")
    ),
    convert=_no_text,
    time=False,
    model=False,
    lost="everything: log the messages with API Management instead",
)
