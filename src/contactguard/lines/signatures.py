"""Whether a request comes from Twilio, by Twilio's own validator.

https://www.twilio.com/docs/usage/security#validating-requests: an HMAC over the URL as the sender called it and, for a
form, its fields; for any other body the URL alone, in whose query `bodySHA256` stands for the body.
"""

from __future__ import annotations

from collections.abc import Iterable

from multidict import MultiDict
from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

HEADER, SETTINGS_HEADER = SIGNATURE_HEADER, SIGNATURE_SETTINGS_HEADER


def from_twilio(
    tokens: Iterable[str], url: str, form: MultiDict[str] | None, body: bytes, signature: str, settings: str = ""
) -> bool:
    """Whether one of these tokens made this signature. `form`: every field of a form, None for any other body.

    `settings`: what stands in `SETTINGS_HEADER`, which names another algorithm. The validator raises where a body that
    is no form comes without its digest; that is no valid signature either.
    """
    try:
        said: MultiDict[str] | str = body.decode("utf-8") if form is None else form
    except UnicodeDecodeError:
        return False
    if not signature.isascii():
        return False
    algorithm = get_signature_algorithm(settings)
    return any(_signed(token, url, said, signature, algorithm) for token in tokens)


def _signed(token: str, url: str, said: MultiDict[str] | str, signature: str, algorithm: str) -> bool:
    if isinstance(said, str) and "bodySHA256=" not in url:
        return False
    try:
        return bool(RequestValidator(token).validate(url, said, signature, algorithm))
    except (TypeError, ValueError):
        return False
