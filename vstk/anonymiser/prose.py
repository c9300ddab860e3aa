"""Separates prose from source code."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from vstk.anonymiser.ner import split_segments
from vstk.anonymiser.rule_runner import CODE_BLOCK
from vstk.anonymiser.tokens import TOKEN, is_common_word

_CODE_LINE = regex.compile(
    r"^\s*(?:[#@${}\[\]()<]|//|/\*|import |from \S+ import|def |class |return\b|if ?\(|for ?\(|while ?\("
    r"|else\b|elif |try:|except|function |const |let |var |public |private |static |package |using "
    r"|#include|SELECT |INSERT |UPDATE |CREATE |\\\w)|[;{}]\s*$|\w\(.{0,200}\)\s*;?\s*$|\s=\s\S|=>|->|\\[a-z]{2,}"
)
_HEADING_OR_SEMICOLON = regex.compile(r"^\s*#{1,6}\s+(?=[^\s#])|;\s*$")
_BRACKETS = regex.compile(r"^\s*[\[(](\p{L}[^\[\]()]*)[\])]")
_CODE_SIGN = regex.compile(
    r"[=<>{}\\|_$~^`]|\w[(\[]|::|://|\w\.\p{L}{2}|(?<!\bMa?c)(?<=\p{Ll})\p{Lu}"
)
_TAG = regex.compile(
    r"</?(?:a|abbr|article|aside|b|blockquote|body|br|button|center|code|div|em|font|footer|form|h[1-6]|head|header"
    r"|hr|html|i|img|input|label|li|main|nav|ol|option|p|pre|section|select|small|span|strong|sub|sup|table"
    r"|tbody|td|th|thead|title|tr|u|ul)(?:\s[^<>]{0,300})?/?>",
    regex.IGNORECASE,
)
_SCRIPT_WITHOUT_SPACES = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")


def prose_segments(text: str, language: str) -> Iterator[tuple[int, str]]:
    """Yield (offset, segment) for each sentence outside code, and each prose line in code blocks.

    Outside a block marked as code, every line is read: a line such as `owner = Ann Lee` looks
    like code, but only its shape does.
    """
    if "</" in text or "/>" in text:
        text = _TAG.sub(lambda tag: " " * len(tag.group()), text)
    at = 0
    for fence in CODE_BLOCK.finditer(text) if "```" in text else ():
        yield from split_segments(text, at, fence.start())
        yield from _prose_in_fence(text, *fence.span(), language)
        at = fence.end()
    yield from split_segments(text, at, len(text))


def _prose_in_fence(text: str, start: int, end: int, language: str) -> Iterator[tuple[int, str]]:
    """The lines of a code block that do not look like code: people fence tables and mails, too."""
    for at, segment in split_segments(text, start, end):
        is_code = _CODE_LINE.search(segment) is not None or _CODE_SIGN.search(segment) is not None
        if not is_code or _is_sentence(segment, language) or _is_marked_prose(segment, language):
            yield at, segment


def _is_sentence(segment: str, language: str) -> bool:
    """Whether a line that looks like code is a sentence: mostly lower-case common words."""
    tokens = TOKEN.findall(segment)
    common = sum(1 for token in tokens if token.islower() and is_common_word(token, language))
    # The word lists of other languages contain only the most common words.
    return len(tokens) >= 6 and common >= (0.6 if language == "en" else 0.3) * len(tokens)


def _is_marked_prose(segment: str, language: str) -> bool:
    """Whether a line is prose in spite of a heading mark, brackets or a final semicolon."""
    body = _BRACKETS.sub(r"\1", _HEADING_OR_SEMICOLON.sub("", segment))
    if body == segment or _CODE_LINE.search(body) or _CODE_SIGN.search(body):
        return False
    tokens = TOKEN.findall(body)
    if segment.rstrip().endswith(";"):
        # Declarations also end with a semicolon.
        return len(tokens) >= 4 and any(is_common_word(token, language) for token in tokens)
    return len(tokens) >= 2 or _SCRIPT_WITHOUT_SPACES.search(body) is not None
