"""Texts that hold more than text: chats written out as one prompt, and pieces of HTML."""

from __future__ import annotations

import re

from vstk.readers.speech import ROLES, Said, said

_MARKUP = re.compile(r"<(/?(?:div|p|ol|ul|li|pre|h\d|br|span|table|tr|td|b|i|a|strong|em))\b", re.I)


def without_markup(text: str) -> str:
    """The text of a piece of HTML, a line for each block; other text as it is."""
    if not _MARKUP.search(text):
        return text
    from html.parser import HTMLParser

    class Page(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.text: list[str] = []

        def handle_data(self, data: str) -> None:
            self.text.append(data)

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag in ("p", "li", "br", "pre", "div", "h1", "h2", "h3", "h4", "tr"):
                self.text.append("\n")

    page = Page()
    page.feed(text)
    page.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(page.text)).strip()


_SPEAKER = re.compile(
    r"(?:\A|\n)[ \t]*(?:#+[ \t]*|\*\*)?"
    r"(system|developer|human|user|ai|assistant|bot|tool|function)(?:\*\*)?:(?:\*\*)?[ \t]*",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(
    r"<\|(?:im_start|start_header_id)\|>\s*(\w+)\s*(?:<\|end_header_id\|>)?"
    r"|<(?:\|(system|user|assistant)\||start_of_turn>(user|model))>?",
)
_INSTRUCTION = re.compile(r"\[INST\](.*?)(?:\[/INST\]|\Z)(.*?)(?=</s>|<s>|\[INST\]|\Z)", re.DOTALL)
_MARKERS = re.compile(r"<\|[a-z_]+\|>|</?s>|<end_of_turn>|<bos>|<eos>")


def transcript(text: str) -> list[Said]:
    """A prompt as one text: its turns, where it is a chat written out; else one by the user."""
    if "[INST]" in text:
        found: list[Said] = []
        for match in _INSTRUCTION.finditer(text):
            asked, replied = match[1], match[2]
            if (end := asked.find("<</SYS>>")) >= 0:
                found += said("system", asked[:end].replace("<<SYS>>", "").strip())
                asked = asked[end + len("<</SYS>>") :]
            found += said("user", asked.strip()) + said("assistant", replied.strip())
        return found
    if "<|" in text or "<start_of_turn>" in text:
        heads = list(_TEMPLATE.finditer(text))
    else:
        heads = list(_SPEAKER.finditer(text))
        if not heads or text[: heads[0].start()].strip():
            heads = []
    if not heads:
        return said("user", text)
    found = []
    for head, end in zip(heads, [*(h.start() for h in heads[1:]), len(text)], strict=True):
        side = ROLES.get((head[head.lastindex or 0] or "").lower())
        if side is not None:
            found += said(side, _MARKERS.sub("", text[head.end() : end]).strip())
    return found
