"""Log lines for operators: what happened and where, never about whom.

No line carries a body, a query string, a header, or the text of an unexpected exception, because any of these
may hold personal data. An exception is logged by its type and the places it passed through.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import msgspec
import structlog

from ..sections import Log

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def set_up(settings: Log) -> None:
    """Send structlog's and the standard library's lines to standard error in the format chosen."""
    level = _LEVELS[settings.level]
    structlog.configure(
        processors=_processors(settings.format),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_ToStructlog()]
    root.setLevel(max(level, logging.WARNING))


def _processors(form: str) -> list[Any]:
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    shared = [structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, stamp]
    if form == "text":
        return [*shared, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    return [*shared, structlog.processors.JSONRenderer(serializer=_json)]


def _json(value: Any, **_: Any) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()


class _ToStructlog(logging.Handler):
    """Libraries' records, without arguments and exception texts: both may quote what a client sent."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        facts = about(error) if error else {}
        structlog.get_logger().log(record.levelno, "library", logger=record.name, where=record.funcName, **facts)


def about(error: BaseException) -> dict[str, Any]:
    """The type of an exception and the last places it came through, innermost last."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(error).__name__, "through": places}
