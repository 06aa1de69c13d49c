"""XML elements of XMPP: made, written with default namespaces only, and read from strangers.

XMPP allows no DTD, comment or processing instruction (RFC 6120 11.1); a stanza with one is refused
before a parser could expand anything, and so is one that is deep or has a great many elements.
Prefixes are never written: other clients match on the text.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any, Final
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

CLIENT: Final = "jabber:client"
STREAMS: Final = "http://etherx.jabber.org/streams"
FRAMING: Final = "urn:ietf:params:xml:ns:xmpp-framing"
SASL: Final = "urn:ietf:params:xml:ns:xmpp-sasl"
BIND: Final = "urn:ietf:params:xml:ns:xmpp-bind"
STANZAS: Final = "urn:ietf:params:xml:ns:xmpp-stanzas"
PING: Final = "urn:xmpp:ping"
DELAY: Final = "urn:xmpp:delay"
DISCO_INFO: Final = "http://jabber.org/protocol/disco#info"
CAPS: Final = "http://jabber.org/protocol/caps"
NICK: Final = "http://jabber.org/protocol/nick"
MUC: Final = "http://jabber.org/protocol/muc"
MUC_USER: Final = f"{MUC}#user"
MUC_ADMIN: Final = f"{MUC}#admin"
MUC_OWNER: Final = f"{MUC}#owner"
EXTDISCO: Final = "urn:xmpp:extdisco:2"
FOCUS: Final = "http://jitsi.org/protocol/focus"
JITMEET: Final = "http://jitsi.org/jitmeet"
MUTE_AUDIO: Final = f"{JITMEET}/audio"
MUTE_VIDEO: Final = f"{JITMEET}/video"
JIBRI: Final = "http://jitsi.org/protocol/jibri"
JINGLE: Final = "urn:xmpp:jingle:1"

STANZA_MAX_BYTES: Final = 1 << 20
_MOST_ELEMENTS: Final = 30_000
_DEEPEST: Final = 40
_FORBIDDEN: Final = re.compile(r"<!(?!\[CDATA\[)|<\?(?!xml[ \t\r\n])")
_UNFIT: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (2.2) has no way to write."""

Element = ElementTree.Element


class BadXml(ValueError):
    """Text that is no stanza we would read. Never shown to a person."""


class _Bounded(ElementTree.TreeBuilder):
    """Builds a tree, and gives up on one that is too large or too deep."""

    def __init__(self) -> None:
        super().__init__()
        self._elements = self._depth = 0

    def start(self, tag: Any, attrs: Any) -> Element:
        """An element begins."""
        self._elements += 1
        self._depth += 1
        if self._elements > _MOST_ELEMENTS or self._depth > _DEEPEST:
            raise BadXml("too many elements, or too deep")
        return super().start(tag, attrs)

    def end(self, tag: Any) -> Element:
        """An element ends."""
        self._depth -= 1
        return super().end(tag)


def read(text: str | bytes) -> Element:
    """One whole element.

    Raises:
        BadXml: It is none, or one that XMPP does not allow.
    """
    if len(text) > STANZA_MAX_BYTES:
        raise BadXml(f"{len(text)} bytes")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadXml(str(error)) from error
    if _FORBIDDEN.search(text):
        raise BadXml("a DTD, a comment or a processing instruction")
    parser = ElementTree.XMLParser(target=_Bounded())
    try:
        parser.feed(text)
        root: Element = parser.close()
    except ElementTree.ParseError as error:
        raise BadXml(str(error)) from error
    return root


def element(
    namespace: str,
    name: str,
    attributes: Mapping[str, object] | None = None,
    *inside: Element | str,
) -> Element:
    """An element; an attribute that is None is left out."""
    made = Element(f"{{{namespace}}}{name}")
    for key, value in (attributes or {}).items():
        if value is not None:
            made.set(key, str(value))
    for one in inside:
        if isinstance(one, str):
            made.text = (made.text or "") + one
        else:
            made.append(one)
    return made


def written(one: Element, outer: str = "") -> str:
    """`one` as text; `outer` is the namespace of what it stands in."""
    namespace, name = split(one.tag)
    parts = [f"<{name}"]
    if namespace != outer:
        parts.append(f" xmlns={quoteattr(namespace)}")
    for key, value in one.attrib.items():
        where, attribute = split(key)
        prefix = "xml:" if where == "http://www.w3.org/XML/1998/namespace" else ""
        parts.append(f" {prefix}{attribute}={quoteattr(_UNFIT.sub('', value))}")
    inside = escape(_UNFIT.sub("", one.text or "")) + "".join(written(c, namespace) for c in one)
    parts.append(f">{inside}</{name}>" if inside else "/>")
    return "".join(parts)


def split(tag: str) -> tuple[str, str]:
    """Namespace and local name."""
    if tag.startswith("{"):
        namespace, _, name = tag[1:].partition("}")
        return namespace, name
    return "", tag


def name_of(one: Element) -> str:
    """The local name."""
    return split(one.tag)[1]


def find(one: Element | None, namespace: str, name: str) -> Element | None:
    """The first child of this name."""
    return None if one is None else one.find(f"{{{namespace}}}{name}")


def find_all(one: Element | None, namespace: str, name: str) -> list[Element]:
    """Every child of this name."""
    return [] if one is None else one.findall(f"{{{namespace}}}{name}")


def deep(one: Element, namespace: str, name: str) -> list[Element]:
    """Everything of this name inside, however deep."""
    return list(one.iter(f"{{{namespace}}}{name}"))


def text_of(one: Element | None, namespace: str, name: str) -> str:
    """The text of the first child of this name; empty without one."""
    found = find(one, namespace, name)
    return "" if found is None else found.text or ""


def number_of(one: Element, attribute: str, otherwise: int = 0) -> int:
    """An attribute as a whole number that is not negative; `otherwise` when it is none."""
    text = one.get(attribute, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else otherwise


def new_id() -> str:
    """Of a stanza."""
    return secrets.token_hex(6)


def bare(jid: str) -> str:
    """A JID without its resource: of a room, of a user."""
    return jid.partition("/")[0]


def resource(jid: str) -> str:
    """The last part of a JID: of somebody in a room, the nickname."""
    return jid.partition("/")[2]
