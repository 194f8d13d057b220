"""Reads a page as a browser without scripts sees it: where it leads, and which forms it has with which fields."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

#: Attributes that lead somewhere; ``data-…-url`` are those of our scripts.
_LEADS = re.compile(r"^(href|src|data-[a-z-]+-url)$")


@dataclass
class PageForm:
    """A form with what it would send as it stands.

    :param fields: names with their values, in order; ticked boxes and chosen options only.
    :param typed: names of fields into which somebody types.
    :param buttons: names and values of its submit buttons; one that sends elsewhere makes a form of its own.
    :param files: names of file fields.
    :param boxes: names and values of tick boxes and radio buttons.
    :param options: what could be chosen in a list instead of nothing.
    :param hidden: names of fields that nobody sees.
    :param search: sent by Enter, as searches are.
    :param page: where it stands.
    """

    method: str
    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    typed: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    boxes: list[tuple[str, str]] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    search: bool = False
    page: str = ""


@dataclass
class Page:
    """What a page leads to.

    :param links: paths with their query, in order, each once.
    """

    links: list[str] = field(default_factory=list)
    forms: list[PageForm] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._address = address
        self._open: PageForm | None = None
        self._named: dict[str, PageForm] = {}
        self._elsewhere: list[tuple[PageForm, str, tuple[str, str]]] = []
        self._waiting: list[tuple[str, str, dict[str, str | None]]] = []
        self._select: tuple[PageForm | None, str] | None = None
        self._first_option: str | None = None
        self._chosen = False
        self._area: tuple[PageForm | None, str] | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        for name, value in attributes:
            if value and _LEADS.match(name):
                self._lead(value)
        if tag == "form":
            action = self._path(given.get("action") or "") or self._address
            self._open = PageForm((given.get("method") or "get").upper(), action)
            self._open.search = given.get("data-enter") == "submit"
            self._open.page = self._address
            self.page.forms.append(self._open)
            if given.get("id"):
                self._named[str(given["id"])] = self._open
        elif tag in ("input", "button", "select", "textarea"):
            self._control(tag, given)
        elif tag == "option" and self._select is not None:
            value = given.get("value") or ""
            self._first_option = value if self._first_option is None else self._first_option
            if value and self._select[0] is not None:
                self._select[0].options.setdefault(self._select[1], value)
            if "selected" in given:
                self._put(self._select[0], self._select[1], value)
                self._chosen = True

    def _control(self, tag: str, given: dict[str, str | None]) -> None:
        name = given.get("name") or ""
        if given.get("form"):
            # A control may stand before or after its form.
            self._waiting.append((tag, name, given))
            return
        self._add(self._open, tag, name, given)

    def _add(self, form: PageForm | None, tag: str, name: str, given: dict[str, str | None]) -> None:
        if "disabled" in given:
            return
        value = given.get("value") or ""
        kind = (given.get("type") or ("submit" if tag == "button" else "text")).lower()
        if tag == "select":
            self._select, self._first_option, self._chosen = (form, name), None, False
        elif tag == "textarea":
            self._area, self._text = (form, name), ""
        elif form is None:
            return
        elif kind == "submit":
            elsewhere = self._path(given.get("formaction") or "")
            if elsewhere:
                self._elsewhere.append((form, elsewhere, (name, value)))
            else:
                form.buttons.append((name, value))
        elif kind in ("checkbox", "radio"):
            form.boxes.append((name, value or "on"))
            if "checked" in given:
                form.fields.append((name, value or "on"))
        elif kind == "file":
            form.files.add(name)
        elif name:
            form.fields.append((name, value))
            if kind in ("text", "password", "search", "tel"):
                form.typed.add(name)
            elif kind == "hidden":
                form.hidden.add(name)

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select" and self._select is not None:
            if not self._chosen and self._first_option is not None:
                self._put(self._select[0], self._select[1], self._first_option)
            self._select = None
        elif tag == "textarea" and self._area is not None:
            form, name = self._area
            self._put(form, name, self._text)
            if form is not None:
                form.typed.add(name)
            self._area = None

    def _put(self, form: PageForm | None, name: str, value: str) -> None:
        if form is not None and name:
            form.fields.append((name, value))

    def _lead(self, value: str) -> None:
        path = self._path(value)
        if path and path not in self.page.links:
            self.page.links.append(path)

    def _path(self, value: str) -> str:
        """Path and query within this application; empty for what leads elsewhere."""
        if not value or value.startswith(("#", "mailto:", "data:", "javascript:")):
            return ""
        parts = urlsplit(urljoin(f"http://localhost{self._address}", value))
        if parts.netloc not in ("localhost", ""):
            return ""
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def finish(self) -> Page:
        for tag, name, given in self._waiting:
            self._add(self._named.get(str(given["form"])), tag, name, given)
        for form, address, button in self._elsewhere:
            self.page.forms.append(replace(form, action=address, buttons=[button]))
        return self.page


def read_page(text: str, address: str) -> Page:
    """The links and forms of a page.

    :param address: path of the page; relative addresses begin there.
    """
    reader = _Reader(address.partition("?")[0])
    reader.feed(text)
    reader.close()
    return reader.finish()
