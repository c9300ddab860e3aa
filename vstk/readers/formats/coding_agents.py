"""Sessions of coding agents on a developer's machine: Claude Code, Codex, Gemini CLI, aider.

The files name no person; a home folder is one person's.
"""

from __future__ import annotations

from vstk.readers.draft import Draft, Format, Unusable, draft_of
from vstk.readers.fields import identifier
from vstk.readers.speech import Said, of_message, said, turns
from vstk.readers.values import Record, dicts, inner, text_of

_LINES = frozenset(["user", "assistant", "system", "summary", "progress", "file-history-snapshot"])


def _is_claude_code(record: Record) -> bool:
    kind = record.get("type")
    return (
        isinstance(kind, str)
        and kind in _LINES
        and ("sessionId" in record or "leafUuid" in record or "parentUuid" in record)
    )


def _claude_code(record: Record) -> Draft:
    session = text_of(record, "sessionId")
    message = inner(record, "message")
    if (
        record.get("isSidechain") is True  # a sub-agent, which no person speaks to
        or record.get("isMeta") is True
        or record.get("isApiErrorMessage") is True
        or record.get("type") not in ("user", "assistant")
        or not message
    ):
        raise Unusable("no-chat")
    found = of_message(message)
    if record.get("type") == "user" and found and found[0][1].startswith(("<command-", "<local-")):
        raise Unusable("no-chat")  # a command to the program, and not to the model
    return draft_of(found, record, message, id=text_of(record, "uuid"), thread=session, user=None)


CLAUDE_CODE = Format(
    name="claude-code",
    title="Claude Code: sessions under `~/.claude/projects`",
    identifies="the home folder, or the file",
    marks=("sessionId", "leafUuid", "parentUuid"),
    matches=_is_claude_code,
    convert=_claude_code,
    form="piece",
    owner=True,
    lost="sub-agents, thinking, commands of the program",
)


def _aider(record: Record) -> Draft:
    spoken = turns(record.get("messages"))
    found: list[Said] = [(side, text.strip()) for side, text in spoken if text.strip()]
    begun = record.get("aider")
    return draft_of(found, {"timestamp": begun}, user=None, id=identifier(begun), thread=None)


AIDER = Format(
    name="aider",
    title="aider: `.aider.chat.history.md`",
    identifies="the file",
    marks=("aider",),
    matches=lambda record: isinstance(record.get("messages"), list),
    convert=_aider,
    form="whole",
    owner=True,
    model=False,
    lost="what the program itself says",
)

_CODEX = frozenset(["session_meta", "response_item", "event_msg", "turn_context", "compacted"])


def _is_codex(record: Record) -> bool:
    kind = record.get("type")
    return isinstance(kind, str) and kind in _CODEX and isinstance(record.get("payload"), dict)


def _codex(record: Record) -> Draft:
    payload = inner(record, "payload")
    if record.get("type") == "session_meta":
        return draft_of([], payload, form="context", thread=None, user=None, id=None)
    if record.get("type") != "response_item" or payload.get("type") != "message":
        raise Unusable("no-chat")
    found = [turn for turn in of_message(payload) if not turn[1].lstrip().startswith("# AGENTS.md")]
    return draft_of(found, record, thread=None, user=None, id=None)


CODEX = Format(
    name="codex",
    title="Codex: sessions under `~/.codex/sessions`",
    identifies="the home folder, or the file",
    marks=("payload",),
    matches=_is_codex,
    convert=_codex,
    form="piece",
    owner=True,
    model=False,
    lost="reasoning, tool calls",
)


def _gemini_messages(record: Record) -> list[dict[str, object]]:
    if "sessionId" not in record and "projectHash" not in record:
        return []
    messages = dicts(record.get("messages"))
    known = any(m.get("type") in ("gemini", "user", "model") and "role" not in m for m in messages)
    return messages if known else []


def _gemini_turns(message: Record) -> list[Said]:
    if message.get("type") == "user":
        return said("user", message.get("content"))
    known = message.get("type") in ("gemini", "model", "assistant")
    return said("assistant", message.get("content")) if known else []


def _gemini(record: Record) -> Draft:
    messages = _gemini_messages(record)
    return draft_of(
        (turn for message in messages for turn in _gemini_turns(message)),
        record,
        *messages[:1],
        user=None,
        model=next((m for message in messages if (m := text_of(message, "model"))), None),
    )


GEMINI_CLI = Format(
    name="gemini-cli",
    title="Gemini CLI: sessions under `~/.gemini/tmp`",
    identifies="the home folder, or the file",
    marks=("messages",),
    matches=_gemini_messages,
    convert=_gemini,
    form="whole",
    owner=True,
    lost="thoughts, tool calls",
)
