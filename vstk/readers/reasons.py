"""Why a record was passed over: the whole vocabulary, with its meaning for people."""

from __future__ import annotations

from collections.abc import Mapping

from vstk.readers import raw

REASONS: Mapping[str, str] = {
    "not-json": "the line or item is not JSON, or is cut off",
    "not-an-object": "it is JSON, but no object",
    "not-a-row": "a row of a table has more or fewer cells than the heading",
    "bad-encoding": "it is not UTF-8",
    "too-long": f"it is longer than {raw.MAX_RECORD // 2**20} MiB",
    "too-deep": "its objects are nested too deeply, or are millions",
    "damaged-file": "the packed file is damaged or cut off from here on",
    "unknown-record": "its shape is of no known format",
    "no-messages": "it lacks the field that this format keeps messages in",
    "unknown-role": "a message is by nobody we know: not user, assistant, system or tool",
    "no-text": "no message holds any text, or the log has masked it",
    "one-sided": "only one of person and assistant says anything",
    "no-chat": "a step of a program, not a call of a chat model",
    "not-shown": "a reply that was deleted, or that was not the one shown",
    "body-elsewhere": "the log keeps the text in another file, which is not followed",
    "failed-call": "the call failed, and there is no answer",
    "duplicate": "it is a copy, an earlier state or a part of another record",
    "odd-value": "a value in it is of a kind that this format never has",
    "unknown-format": "a file in a folder is of no known format, and was passed over",
}
