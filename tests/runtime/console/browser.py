"""A browser without a screen: it keeps cookies, follows answers, and reads pages with the standard library's parser."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx2

VOID = {"meta", "link", "input", "br", "hr", "img"}


@dataclass
class Element:
    name: str
    attributes: dict[str, str]
    parts: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text inside, blanks brought together."""
        told = " ".join(part if isinstance(part, str) else part.text for part in self.parts)
        return " ".join(told.split())

    @property
    def value(self) -> str:
        """What a form sends of a field."""
        if self.name == "textarea":
            return "".join(part for part in self.parts if isinstance(part, str)).removeprefix("\n")
        return self.attributes.get("value", "")

    def all(self, name: str, /, **attributes: str) -> list[Element]:
        """Elements inside, at any depth."""
        found: list[Element] = []
        for part in self.parts:
            if isinstance(part, Element):
                if part.name == name and attributes.items() <= part.attributes.items():
                    found.append(part)
                found += part.all(name, **attributes)
        return found

    def one(self, name: str, /, **attributes: str) -> Element:
        (found,) = self.all(name, **attributes)
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("document", {})]

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].parts.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.open[-1].parts.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)


def read(text: str) -> Element:
    """The page; an AssertionError where elements are not closed in order."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert len(reader.open) == 1, f"<{reader.open[-1].name}> is not closed"
    return reader.open[0]


class Browser:
    """One browser at one server."""

    def __init__(self, url: str) -> None:
        self.client = httpx2.Client(base_url=url, follow_redirects=True, timeout=60)
        self.answer: httpx2.Response | None = None

    def get(self, address: str) -> Element:
        return self._take(self.client.get(address))

    def send(self, form: Element, **values: str) -> Element:
        """Send a form of the page, with what a person typed."""
        hidden = {
            each.attributes["name"]: each.value
            for name in ("input", "textarea", "select")
            for each in form.all(name)
            if "name" in each.attributes
        }
        action, data = form.attributes["action"], {**hidden, **values}
        if form.attributes.get("method") == "post":
            return self._take(self.client.post(action, data=data))
        return self._take(self.client.get(action, params=data))

    def _take(self, answer: httpx2.Response) -> Element:
        self.answer = answer
        page = read(answer.text)
        # Whatever a page shows, nothing in it may run but our own file.
        for script in page.all("script"):
            assert (script.attributes["src"], script.parts) == ("/console/live.js", [])
        assert not [
            each
            for each in _every(page)
            for name in each.attributes
            if name.startswith("on") or name == "style"
        ]
        return page

    @property
    def status(self) -> int:
        assert self.answer is not None
        return self.answer.status_code


def _every(element: Element) -> list[Element]:
    found: list[Element] = []
    for part in element.parts:
        if isinstance(part, Element):
            found += [part, *_every(part)]
    return found
