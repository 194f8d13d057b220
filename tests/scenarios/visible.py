"""A page as somebody at the desk sees it: words, labelled fields, buttons and links (without scripts)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import TypeVar
from xml.etree import ElementTree

from tests.support.documents import squeezed

Node = ElementTree.Element

_EMPTY = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
_UNSEEN = frozenset({"script", "style", "template", "head", "dialog"})
#: What a label or button says beside its words: the key, and that it must be filled in.
_BESIDE = ("kbd", "required")
#: Parts of a page that are named by what stands in them, the row of a table first of all.
_PARTS = ("tr", "li", "dl", "fieldset", "details", "section", "form", "table", "div")
_Found = TypeVar("_Found")


class NotThere(AssertionError):
    """What the case speaks of is not on the page, or more than once; the text says what is there."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._builder = ElementTree.TreeBuilder()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._builder.start(tag, {name: value or "" for name, value in attrs})
        if tag in _EMPTY:
            self._builder.end(tag)
        else:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag in self._open:
            last = self._open.pop()
            self._builder.end(last)
            if last == tag:
                break

    def handle_data(self, data: str) -> None:
        if self._open:
            self._builder.data(data)

    def finish(self) -> Node:
        while self._open:
            self._builder.end(self._open.pop())
        return self._builder.close()


def _words(node: Node, beside: tuple[str, ...] = ()) -> Iterator[str]:
    """Texts below a node in the order in which they are read; what stands in a field counts."""
    if node.tag in _UNSEEN or node.tag in beside or node.get("class") in beside:
        return
    if node.tag == "input" and node.get("type", "text") in ("text", "search"):
        yield node.get("value", "")
    yield node.text or ""
    for child in node:
        yield from _words(child, beside)
        yield child.tail or ""


def words_of(node: Node) -> str:
    """What a part of a page says, without spaces, which a page breaks as it likes."""
    return squeezed("".join(_words(node)))


def caption_of(node: Node) -> str:
    """The words of a button, link or label without its key."""
    return squeezed("".join(_words(node, _BESIDE)))


class VisiblePage:
    """A page on which somebody fills in fields.

    :param address: its path; forms without an address are sent there.
    """

    def __init__(self, text: str, address: str) -> None:
        reader = _Reader()
        reader.feed(text)
        self.root = reader.finish()
        self.address = address
        self._parent = {child: node for node in self.root.iter() for child in node}
        self._typed: dict[Node, str | None] = {}

    # ---- looking

    def says(self) -> str:
        """All its words."""
        return words_of(self.root)

    def link(self, words: str, part: str = "") -> str:
        """Address of the link with these words."""
        links = self._find(part, lambda scope: _named(scope.iter("a"), words, caption_of))
        addresses = {link.get("href", "") for link in links}
        if len(addresses) != 1:
            raise NotThere(f"link {words}: {sorted(addresses) or self._captions('a')}")
        return addresses.pop()

    def offered(self) -> list[str]:
        """Words of every link, button, field and choice."""
        named = [caption_of(each) for each in self.root.iter() if each.tag in ("a", "button", "option")]
        return [each for each in [*named, *self._labels()] if each]

    def value(self, label: str, part: str = "") -> str:
        """What stands in a field; of a list or a choice, the words that are chosen."""
        [field] = self._fields(label, part)[:1]
        if field.tag == "fieldset":
            chosen = [box for box in self._boxes(field) if self._sent(box) is not None]
            return "、".join(self._label(box) for box in chosen)
        if field.tag == "select":
            return "、".join(caption_of(each) for each in _chosen(field))
        if _kind(field) == "checkbox":
            return "はい" if self._sent(field) is not None else "いいえ"
        return (self._sent(field) or "").strip()

    # ---- typing

    def fill(self, label: str, value: str | bool, part: str = "") -> None:
        """Type into a field, choose in a list or among choices, tick or untick."""
        fields = self._fields(label, part)
        # A box and the text beside it may have the same words.
        boxes = [each for each in fields if _kind(each) in ("radio", "checkbox")]
        texts = [each for each in fields if each not in boxes]
        fields = (boxes or fields) if isinstance(value, bool) else (texts or fields)
        if len({field.get("name") for field in fields}) != 1:
            raise NotThere(f"field {label}: {len(fields)} of this name; say in which part of the page")
        field = fields[0]
        if isinstance(value, bool):
            self._typed[field] = (field.get("value") or "on") if value else None
        elif field.tag == "fieldset":
            self._choose(field, value)
        elif field.tag == "select":
            self._typed[field] = self._option(field, value)
        else:
            self._typed[field] = value

    def put(self, name: str, value: str) -> None:
        """What a script of ours puts into a field, seen or not."""
        [field] = [each for each in self._controls(self.root) if each.get("name") == name]
        self._typed[field] = value

    def tick(self, part: str) -> None:
        """Tick the box in the row that says something."""
        boxes = self._find(part, self._boxes)
        if len(boxes) != 1:
            raise NotThere(f"row {part}: {len(boxes)} boxes")
        self._typed[boxes[0]] = boxes[0].get("value") or "on"

    def _choose(self, field: Node, words: str) -> None:
        boxes = self._boxes(field)
        wanted = [box for box in boxes if self._label(box) == squeezed(words)]
        wanted = wanted or [box for box in boxes if self._label(box).startswith(squeezed(words))]
        if len(wanted) != 1:
            raise NotThere(f"choice {words}: {[self._label(box) for box in boxes]}")
        for box in boxes:
            if box is wanted[0] or _kind(box) == "radio":
                self._typed[box] = (box.get("value") or "on") if box is wanted[0] else None

    @staticmethod
    def _option(field: Node, words: str) -> str:
        options = _named(field.iter("option"), words, caption_of)
        if len(options) != 1:
            raise NotThere(f"choice {words}: {[caption_of(each) for each in field.iter('option')]}")
        return options[0].get("value", caption_of(options[0]))

    # ---- sending

    def press(self, words: str, part: str = "") -> tuple[str, str, list[tuple[str, str]]]:
        """What the button with these words sends: method, address and fields."""
        buttons = self._find(part, lambda scope: _named(_buttons(scope), words, caption_of))
        if len(buttons) != 1 and len({(each.get("name"), each.get("value")) for each in buttons}) != 1:
            raise NotThere(f"button {words}: {[caption_of(each) for each in _buttons(self.root)]}")
        button = buttons[0]
        form = self._form(button)
        if form is None:
            raise NotThere(f"button {words} belongs to no form")
        method, address, sent = self.form(form)
        name = button.get("name")
        return (
            method,
            button.get("formaction") or address,
            sent + ([(name, button.get("value", ""))] if name else []),
        )

    def form(self, form: Node) -> tuple[str, str, list[tuple[str, str]]]:
        """What a form sends as it stands, without a button."""
        sent = []
        for control in self._controls(self.root):
            value = self._sent(control)
            if self._form(control) is form and control.get("name") and value is not None:
                sent.append((control.get("name", ""), value))
        return (form.get("method") or "get").upper(), form.get("action") or self.address, sent

    def form_of(self, label: str) -> Node:
        """The form in which a field stands."""
        form = self._form(self._fields(label, "")[0])
        assert form is not None, label
        return form

    # ---- parts

    def _find(self, part: str, look: Callable[[Node], list[_Found]]) -> list[_Found]:
        """What is looked for on the page, or in the smallest part that says something and has it."""
        if not part:
            return look(self.root)
        for scope in self._parts(part):
            found = look(scope)
            if found:
                return found
        return []

    def _parts(self, words: str) -> list[Node]:
        wanted = squeezed(words)
        parts = [node for node in self.root.iter() if node.tag in _PARTS and wanted in words_of(node)]
        return sorted(parts, key=lambda node: (len(words_of(node)), _PARTS.index(node.tag)))

    def _fields(self, label: str, part: str) -> list[Node]:
        fields = self._find(part, lambda scope: self._labelled(scope, label))
        if not fields:
            raise NotThere(f"field {label}: {self._labels()}")
        return fields

    def _labelled(self, scope: Node, label: str) -> list[Node]:
        groups = [node for node in scope.iter("fieldset") if self._legend(node) == squeezed(label)]
        return groups or _named(self._controls(scope), label, self._label)

    def _labels(self) -> list[str]:
        own = [self._label(each) for each in self._controls(self.root)]
        return [each for each in [*own, *(self._legend(node) for node in self.root.iter("fieldset"))] if each]

    @staticmethod
    def _legend(fieldset: Node) -> str:
        legend = fieldset.find("legend")
        return caption_of(legend) if legend is not None else ""

    def _captions(self, tag: str) -> list[str]:
        return [caption_of(each) for each in self.root.iter(tag)]

    @staticmethod
    def _controls(scope: Node) -> list[Node]:
        return [
            node
            for node in scope.iter()
            if node.tag in ("input", "select", "textarea")
            and "disabled" not in node.attrib
            and _kind(node) not in ("submit", "file", "button")
        ]

    def _boxes(self, scope: Node) -> list[Node]:
        return [each for each in self._controls(scope) if _kind(each) in ("radio", "checkbox")]

    def _label(self, control: Node) -> str:
        """The words beside a field: of its label, else for those who cannot see (aria-label)."""
        if _kind(control) == "hidden":
            return ""
        if control.get("aria-label"):
            return squeezed(control.get("aria-label", ""))
        identity = control.get("id")
        for label in self.root.iter("label"):
            if identity and label.get("for") == identity:
                return caption_of(label)
        for above in self._above(control):
            if above.tag == "label":
                return caption_of(above)
        return ""

    def _above(self, node: Node) -> Iterator[Node]:
        while node in self._parent:
            node = self._parent[node]
            yield node

    def _form(self, control: Node) -> Node | None:
        if control.get("form"):
            return next(
                (form for form in self.root.iter("form") if form.get("id") == control.get("form")), None
            )
        return next((node for node in self._above(control) if node.tag == "form"), None)

    def _sent(self, control: Node) -> str | None:
        """The value that a field sends; None when it sends nothing."""
        if control in self._typed:
            return self._typed[control]
        if control.tag == "select":
            chosen = _chosen(control)
            return chosen[0].get("value", caption_of(chosen[0])) if chosen else None
        if control.tag == "textarea":
            return "".join(control.itertext())
        if _kind(control) in ("radio", "checkbox"):
            return (control.get("value") or "on") if "checked" in control.attrib else None
        return control.get("value", "")


def _kind(control: Node) -> str:
    return control.get("type", "text") if control.tag == "input" else control.tag


def _buttons(scope: Node) -> Iterator[Node]:
    return (
        node
        for node in scope.iter("button")
        if node.get("type", "submit") == "submit" and "disabled" not in node.attrib
    )


def _chosen(field: Node) -> list[Node]:
    options = list(field.iter("option"))
    return [each for each in options if "selected" in each.attrib] or options[:1]


def _named(nodes: Iterator[Node] | list[Node], words: str, name: Callable[[Node], str]) -> list[Node]:
    """Those with exactly these words; else those that begin with them; else those that have them."""
    wanted = squeezed(words)
    named = [(node, name(node)) for node in nodes]
    exact = [node for node, found in named if found == wanted]
    first = [node for node, found in named if wanted and found.startswith(wanted)]
    return exact or first or [node for node, found in named if wanted and wanted in found]
