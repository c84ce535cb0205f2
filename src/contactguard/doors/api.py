"""The table of all calls, and the web application that answers them."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from . import asking, cases, compat, mail, ops, pbx, repairing, rulebooks, stops, twilio, unlisted
from .auth import Buckets
from .house import House
from .problems import from_http, respond
from .routes import Route, endpoint

_CALLS: tuple[Route, ...] = (
    *asking.ROUTES,
    *cases.ROUTES,
    *repairing.ROUTES,
    *rulebooks.ROUTES,
    *stops.ROUTES,
    *pbx.ROUTES,
    *compat.ROUTES,
    *twilio.ROUTES,
    *mail.ROUTES,
    *unlisted.ROUTES,
)
ROUTES: tuple[Route, ...] = (*_CALLS, *ops.routes(_CALLS))


def application(house: House) -> web.Application:
    """Every door of the house as one application."""
    limit = house.settings.server.body_limit_bytes
    app = web.Application(client_max_size=limit, middlewares=[unknown_paths(house)])
    buckets = Buckets(house.settings.limits)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, endpoint(route, house, buckets))
    return app


def unknown_paths(house: House) -> Middleware:
    """What the router refuses, as a problem document; the calls themselves never raise."""

    @web.middleware
    async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            problem = from_http(error)
            house.metrics.request("any", "none", problem.status, 0.0)
            return respond(problem)

    return answered
