"""HTML as the text that a reader sees, and as all the text there is in it. A text without tags is itself."""

from __future__ import annotations

import html
import re

_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9:]*)(?P<rest>[^<>]*)>|<!--|-->|<![^<>]*>")
_KNOWN = re.compile(
    r"</?(?:html|body|div|p|br|a|span|table|td|b|i|strong|em|font|u|ul|li|h[1-6])\b[^<>]*>", re.IGNORECASE
)
_HREF = re.compile(r"\bhref\s*=\s*[\"']?\s*(?:https?:|www\.)", re.IGNORECASE)
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0(?![.\d])|\bhidden\b", re.IGNORECASE
)
_UNREAD = frozenset({"script", "style", "title", "head", "template", "noscript"})
_INLINE = re.compile("a|abbr|b|big|em|font|i|mark|s|small|span|strong|sub|sup|u|wbr")
_VOID = re.compile("area|base|br|col|hr|img|input|link|meta|wbr")


def plain_text(text: str, link: str) -> str:
    """What the page shows; `link` stands where a link leads somewhere. Comments and hidden parts are not there."""
    if not _KNOWN.search(text):
        return text
    out: list[str] = []
    place, hidden, depth, comment = 0, "", 0, False
    for tag in _TAG.finditer(text):
        if not comment and not hidden:
            out.append(text[place : tag.start()])
        place = tag.end()
        name = (tag["name"] or "").lower()
        if comment or tag[0] in ("<!--", "-->"):
            comment = tag[0] == "<!--" or (comment and tag[0] != "-->")
        elif hidden:
            depth += 0 if name != hidden else -1 if tag["end"] else 1
            hidden = hidden if depth else ""
        elif not tag["end"] and not _VOID.fullmatch(name) and (name in _UNREAD or _HIDING.search(tag["rest"])):
            hidden, depth = name, 1
        else:
            out.append(_instead(name, tag["rest"] or "", link))
    if not comment and not hidden:
        out.append(text[place:])
    return html.unescape("".join(out))


def bare_text(text: str) -> str:
    """Every word in it, shown or not: tags within words are taken out, others part words; what tags say comes last."""
    if not _KNOWN.search(text):
        return text
    tags = "\n".join(tag["rest"] or "" for tag in _TAG.finditer(text))
    shown = _TAG.sub(lambda tag: "" if _INLINE.fullmatch((tag["name"] or "").lower()) else "\n", text)
    return html.unescape(f"{shown}\n{tags}")


def _instead(name: str, rest: str, link: str) -> str:
    if name == "a" and _HREF.search(rest):
        return f" {link} "
    return "" if _INLINE.fullmatch(name) else "\n" if _VOID.fullmatch(name) else "\n\n"
