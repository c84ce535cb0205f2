"""What e-mail brings back: the link to be left alone (RFC 8058), and messages that could not be delivered."""

from __future__ import annotations

from html import escape

import msgspec
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy

from ..attempts import BounceView
from ..errors import BadInput, NotFound
from .house import House
from .problems import Problem
from .routes import Call, Reply, Route, json_reply, named

BOUNCE_LIMIT_BYTES = 4 << 20
_GROUP = "E-mail"
_LINK = "/mail/unsubscribe/{token}"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_STYLE = (
    "body{font:1.1rem/1.6 system-ui,sans-serif;margin:0 auto;max-width:34rem;padding:3rem 1.2rem;color:#1b1b1b;"
    "background:#fff}h1{font-size:1.5rem}button{font:inherit;padding:.7rem 1.4rem;border:0;border-radius:.3rem;"
    "color:#fff;background:#0b5394}button:focus{outline:3px solid #e69138;outline-offset:2px}"
)


class _Words(msgspec.Struct, frozen=True):
    """What the page says in one language. It names no sender and no reason: anyone may stand behind the reader."""

    title: str
    ask: str
    button: str
    done: str
    unknown: str
    fault: str


_WORDS = {
    "en": _Words(
        "Stop e-mail",
        "Press the button, and we send no more e-mail to the address that this message came to.",
        "Stop e-mail",
        "Done. We send no more e-mail to this address. You can close this page.",
        "This link is not complete. Open it in the message again, or copy all of it from there.",
        "That did not work just now. Please try again in a minute.",
    ),
    "es": _Words(
        "No recibir más correos",
        "Pulse el botón y no enviaremos más correos a la dirección a la que llegó este mensaje.",
        "No recibir más correos",
        "Hecho. No enviaremos más correos a esta dirección. Puede cerrar esta página.",
        "Este enlace no está completo. Ábralo de nuevo desde el mensaje o cópielo entero.",
        "No ha funcionado en este momento. Inténtelo de nuevo en un minuto.",
    ),
}


async def show(house: House, call: Call) -> Reply:
    """GET /mail/unsubscribe/{token}: a page with a button. Looking at it changes nothing, as programs look, too."""
    language, words = _words(call.request)
    if not house.road.unsubscribes(named(call, "token")):
        raise NotFound("message")
    form = f'<form method="post"><button type="submit">{escape(words.button)}</button></form>'
    return _page(language, words, words.ask, form)


async def unsubscribe(house: House, call: Call) -> Reply:
    """POST /mail/unsubscribe/{token}: whatever the body says, which mail programs send as a form of one field."""
    await house.road.unsubscribe(named(call, "token"))
    language, words = _words(call.request)
    return _page(language, words, words.done)


def worded(house: House, request: web.Request, problem: Problem, error: Exception) -> Reply:
    """What went wrong, for whoever reads the page."""
    language, words = _words(request)
    said = words.fault if problem.status >= 500 else words.unknown
    reply = _page(language, words, said, status=problem.status)
    if problem.status < 500:
        return reply
    headers = CIMultiDict(reply.headers)
    headers["Retry-After"] = "60"
    return Reply(reply.body, reply.status, CIMultiDictProxy(headers))


def _words(request: web.Request) -> tuple[str, _Words]:
    """The language that the reader's program names first among those we have."""
    for part in request.headers.get("Accept-Language", "").split(","):
        language = part.partition(";")[0].strip().lower()[:2]
        if language in _WORDS:
            return language, _WORDS[language]
    return "en", _WORDS["en"]


def _page(language: str, words: _Words, said: str, more: str = "", status: int = 200) -> Reply:
    text = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(words.title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(words.title)}</h1><p>{escape(said)}</p>{more}</main></body></html>"
    )
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Security-Policy": _POLICY,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
    return Reply(text.encode(), status, CIMultiDictProxy(CIMultiDict(headers)))


async def bounce(house: House, call: Call) -> Reply:
    """POST /hooks/bounce: one message that came back, as it came."""
    if not call.raw:
        raise BadInput("", "the body is empty; send the message that came back")
    recipient = call.request.headers.get("X-Original-To")
    return json_reply(await house.road.returned(call.raw, call.caller.key, recipient))


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path=_LINK,
        name="show_unsubscribe",
        group=_GROUP,
        summary="The page behind the link to unsubscribe",
        details="Stands in the header List-Unsubscribe of our e-mail. Looking at it changes nothing.",
        does=show,
        answers={200: str},
        media="text/html",
        open_to_all=True,
        says=worded,
    ),
    Route(
        method="POST",
        path=_LINK,
        name="unsubscribe",
        group=_GROUP,
        summary="No more e-mail to the address that this link was sent to",
        details="One click (RFC 8058): the token is the proof, the body is not looked at. In force before the answer, "
        "for whoever lists the address. Compliance ends it as the fact `refusal:unsubscribe:PERMIT`.",
        does=unsubscribe,
        answers={200: str},
        media="text/html",
        open_to_all=True,
        says=worded,
    ),
    Route(
        method="POST",
        path="/hooks/bounce",
        name="bounce",
        group=_GROUP,
        summary="Hand in a message that came back",
        details="The message as it came (message/rfc822), from a mail server or a mailbox; `X-Original-To` may name "
        "the mailbox that it came to. It is tied to its contact by a token that we sealed; one that has none is kept, "
        "and the answer says `unmatched`. The same message again counts nothing twice.",
        does=bounce,
        answers={200: BounceView},
        scopes=frozenset({"case_system", "admin"}),
        raw=("message/rfc822",),
        body_limit=BOUNCE_LIMIT_BYTES,
        basic=True,
    ),
)
