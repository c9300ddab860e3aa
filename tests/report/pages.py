"""A page as a browser would read it, and releases whose titles are hostile."""

import re
from dataclasses import replace
from html.parser import HTMLParser

from tests.report.words import WORDS
from vstk.report import page
from vstk.types import Release

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&{{ 7*7 }}</style></title>"

VOID = {"meta", "br", "hr", "img", "input", "link", "rect", "line"}


class Page(HTMLParser):
    """What a browser would make of it: elements, attributes, text, style."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.style = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def rendered(release: Release) -> Page:
    return Page(page.render(release, {}, WORDS))


def renamed(release: Release, title: str) -> Release:
    """Every piece of text of the release that is free becomes `title`."""
    return replace(
        release,
        dataset=title,
        period=title,
        guarantee=replace(release.guarantee, unit=title, neighbouring=title),
        manifest={title: title},
        not_published=(title,),
        quality=replace(
            release.quality,
            source=title,
            features={title: {title: 0.5}},
            annotators={title: {title: 0.5}},
        )
        if release.quality
        else None,
        tables=tuple(
            replace(
                table,
                title=title,
                estimand=title,
                mechanism=title,
                note=title,
                rows=tuple(
                    replace(row, title=title, key=f"{title}/{n}")
                    for n, row in enumerate(table.rows)
                ),
            )
            for table in release.tables
        ),
    )
