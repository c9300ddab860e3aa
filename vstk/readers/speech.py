"""What counts as speech: messages of any log as turns of (role, text).

Tool output makes turns of the tool. Reasoning, tool calls, masked text, placeholders,
attachments and retrieved pages that a program pasted into a question are no speech.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from vstk.readers.values import Record, clean, first, loaded, unpacked
from vstk.types import Role

Said = tuple[Role, str]
"""One turn: who, and what."""


class Unusable(Exception):
    """A record that is no conversation: carries a reason code, nothing else."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


_ROLE_NAMES: tuple[tuple[Role, str], ...] = (
    ("system", "system developer systemmessage system_prompt context"),
    (
        "user",
        "user human prompter customer usermessage humanmessage client visitor end_user "
        "end-user enduser person me contact lead you question userprompt employee caller inbound "
        "incoming request",
    ),
    (
        "assistant",
        "assistant gpt ai bot model chatbot chatgpt bing bard claude gemini aimessage "
        "aimessagechunk assistantmessage copilot llm agent bot_message airesponse answer "
        "assistant_message operator virtual_agent outbound outgoing gpt-4 gpt-3.5",
    ),
    (
        "tool",
        "tool function function_call function_response tool_result tool_response observation "
        "ipython environment toolmessage functionmessage tool_call function_call_output "
        "execution_output api",
    ),
)

ROLES: Mapping[str, Role] = {name: side for side, names in _ROLE_NAMES for name in names.split()}
"""Names of the sides of a conversation, as logs write them."""

_SILENT_ROLES = frozenset({"thought", "thinking", "reasoning", "info", "error", "event", "note"})
"""Names of message types by nobody: progress notes of a program."""

_MASKED = re.compile(
    r"(?:[\[<(_*{]*\s*(?:redacted|redacted-by-litellm|masked|removed|content redacted|deleted|"
    r"omitted|filtered|message deleted|image|image omitted|audio|file|attachment|"
    r"image #?\d+|media omitted|content not logged|content removed)\s*[\])>_*}]*)",
    re.IGNORECASE,
)
_BARE = frozenset({"image", "audio", "file", "attachment", "removed", "deleted", "filtered"})
"""Words that are placeholders only inside brackets."""


def role(name: object) -> Role:
    """The side of a conversation that a log's word for it means."""
    known = ROLES.get(name.strip().lower()) if isinstance(name, str) else None
    if known is None:
        raise Unusable("unknown-role")
    return known


def turns(messages: object) -> list[Said]:
    """A list of messages as turns with text; what nobody said is left out.

    Raises:
        Unusable: it is no list of messages, or one of them is by nobody known.
    """
    messages = unpacked(messages)
    if not isinstance(messages, list) or not messages:
        raise Unusable("no-messages")
    found: list[Said] = []
    for message in messages:
        if type(message) is not dict:
            raise Unusable("no-messages")
        if len(message) == 2:  # nearly always role and content
            side, text = message.get("role"), message.get("content")
            if type(side) is str and type(text) is str and (known := ROLES.get(side)) is not None:
                if (
                    len(text) >= 40
                    and text.isascii()
                    and text[0] > " "
                    and not ("<" in text or "\0" in text or "not supported on" in text)
                    and (known != "user" or ":" not in text)
                ):
                    found.append((known, text))
                    continue
                if spoken := _spoken(known, text if text.isascii() else clean(text)):
                    found.append((known, spoken))
                continue
        found += of_message(message)
    return found


def of_message(message: Record) -> list[Said]:
    """The turns of one message of any of the usual shapes."""
    author = first(message, "role", "from", "sender", "author", "speaker", "type")
    if isinstance(author, dict):
        author = first(author, "role", "type", "name")
    if isinstance(author, str) and author in _SILENT_ROLES:
        return []
    if message.get("thought") is True or message.get("channel") in ("analysis", "commentary"):
        return []
    found = said(role(author), first(message, *_CONTENTS))
    if isinstance(message.get("refusal"), str):
        found += said(role(author), message["refusal"])
    if not found and isinstance(audio := message.get("audio"), dict):
        found = said(role(author), audio.get("transcript"))
    return found


_CONTENTS = ("content", "parts", "value", "text", "message", "utterance")


def said(side: Role, content: object) -> list[Said]:
    """The turns in one message's content: a text, or a list of typed parts."""
    if isinstance(content, str):
        parts: Iterable[Said] = [(side, content)]
    elif isinstance(content, list):
        parts = [pair for part in content for pair in _part(side, part)]
    elif isinstance(content, dict):
        parts = _part(side, content)
    else:
        return []
    found: list[Said] = []
    for owner, text in parts:
        text = _spoken(owner, clean(text))
        if not text:
            continue
        if found and found[-1][0] == owner:
            found[-1] = (owner, f"{found[-1][1]}\n{text}")
        else:
            found.append((owner, text))
    return found


_TEXT_PARTS = frozenset(
    (
        *("text", "input_text", "output_text", "refusal", "voice_note", "audio_transcription"),
        *("transcript", "markdown", "summary_text", "text_delta"),
    )
)
_RESULT_PARTS = frozenset(
    (
        *("tool_result", "tool_call_response", "function_call_output", "tool-result"),
        *("function_response", "mcp_tool_result"),
    )
)


def _part(side: Role, part: object, depth: int = 4) -> list[Said]:
    if isinstance(part, str):
        return [(side, part)]
    if not isinstance(part, dict) or not depth:
        return []
    if part.get("thought") is True:
        return []
    kind = first(part, "type", "content_type", "part_kind", "kind") or "text"
    if isinstance(parts := part.get("parts"), list):
        return [pair for one in parts for pair in _part(side, one, depth - 1)]
    if isinstance(kind, str) and kind.lower() in _TEXT_PARTS:
        text = first(part, "text", "refusal", "content", "value", "transcript")
        if isinstance(text, dict):  # the Assistants API wraps it once more
            text = text.get("value")
        return [(side, text)] if isinstance(text, str) else []
    if isinstance(kind, str) and kind in ("input_audio", "output_audio", "audio"):
        text = part.get("transcript")
        return [(side, text)] if isinstance(text, str) else []
    if isinstance(kind, str) and kind in _RESULT_PARTS:
        result = first(part, "content", "output", "response", "result")
        if isinstance(result, list):
            return [("tool", text) for one in result for _, text in _part("tool", one, depth - 1)]
        return [("tool", result)] if isinstance(result, str) else _part("tool", result, depth - 1)
    return []


_THOUGHT = re.compile(
    r"<(think|thinking|thought|reasoning|scratchpad)>.*?(?:</\1>|\Z)"
    r"|<details[^>]*type=[\"']?(?:reasoning|tool_calls|code_interpreter)[^>]*>.*?(?:</details>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_THOUGHT_END = re.compile(r"\A.*</(?:think|thinking|thought|reasoning)>", re.DOTALL | re.IGNORECASE)
_UNSUPPORTED = re.compile(
    r"(?:```\s*)?This block is not supported on your current device yet\.?(?:\s*```)?"
)
_PASTED = re.compile(
    r"<(context|contexts|documents?|search_results?|sources|retrieved_documents?|attachments?|"
    r"file_contents?|knowledge_base|system-reminder|ide_opened_file|ide_selection|"
    r"environment_context|user_instructions|attached_files)(?:\s[^>]*)?>.*?</\1>",
    re.DOTALL | re.IGNORECASE,
)
_RETRIEVED = re.compile(
    r"\s*(?:#+\s*|\*\*)?(?:(?:use|given|based on|answer)\b[^\n]{0,300}?\b(?:context|documents?|"
    r"sources|passages|information|excerpts)\b[^\n]*|(?:retrieved |relevant )?(?:context(?: "
    r"information)?|documents|sources|search results|passages|background|knowledge|excerpts)"
    r"[^\n:]{0,60}:(?:\*\*)?[^\n]*)\n.*"
    r"(?:\A|\n)[ \t]*(?:#+[ \t]*|\*\*)?(?:user(?:'s)? |customer |human )?"
    r"(?:question|query)(?:\*\*)?[ \t]*:(?:\*\*)?[ \t]*\n?(?P<question>.+?)"
    r"(?:\n[ \t]*(?:#+[ \t]*|\*\*)?(?:helpful |your )?(?:answer|response)(?:\*\*)?[ \t]*:"
    r"(?:\*\*)?\s*)?\Z",
    re.DOTALL | re.IGNORECASE,
)


def _spoken(side: Role, text: str) -> str:
    """What of a text its side has said: empty for a placeholder."""
    if "\0" in text:
        text = clean(text)
    if side == "assistant":
        if "<" in text and ("</" in text or "<think" in text):
            text = _THOUGHT.sub("", text)
            if "</think" in text or "</reason" in text or "</thought" in text:
                text = _THOUGHT_END.sub("", text)
            text = text.lstrip("\n")
        if "not supported on your" in text:
            text = _UNSUPPORTED.sub("", text)
        if text[:2] == "[{" and _CALLS.match(text) and isinstance(loaded(text), list):
            return ""
    elif side == "user":
        if "</" in text:
            shorter = _PASTED.sub("", text)
            text = shorter.strip() if shorter != text else text
        if (":" in text and _ASKS.search(text)) and (match := _RETRIEVED.fullmatch(text)):
            text = match["question"].strip()
    if len(text) >= 40:
        return "" if text.isspace() else text
    if not (bare := text.strip()):
        return ""
    if _MASKED.fullmatch(bare):
        return text if bare.lower() in _BARE else ""
    return text


_CALLS = re.compile(r"\[\{\"(?:function\"\s*:\s*\{|id\"[^{]{0,80}\"type\"\s*:\s*\"function\")")
"""Tool calls that a program logged as the text of a message."""

_ASKS = re.compile("question|query", re.IGNORECASE)


def joined(sides: Iterable[Said]) -> list[Said]:
    """Turns as a list; refuses what holds no text at all."""
    found = list(sides)
    if not found:
        raise Unusable("no-text")
    return found
