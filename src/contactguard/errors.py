"""The few families of errors, each with facts, none with personal data in its text."""

from __future__ import annotations


class ContactGuardError(Exception):
    """Base of everything this package raises on purpose; its text is fit for a user."""


class BadInput(ContactGuardError):
    """Input that cannot be right. `where` is the field or row (`persons[0].points[1].address`), `why` one clause."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}" if where else why)
        self.where, self.why = where, why


class NotFound(ContactGuardError):
    """`what` (case, permit, decision ...) with that name is not known, or not visible to this caller."""

    def __init__(self, what: str) -> None:
        super().__init__(f"no such {what}")
        self.what = what


class Conflict(ContactGuardError):
    """The request contradicts what is stored: an older version, a spent permit, a key reused for another body."""

    def __init__(self, why: str, *, unprocessable: bool = False) -> None:
        super().__init__(why)
        self.why, self.unprocessable = why, unprocessable


class Forbidden(ContactGuardError):
    """The caller is known but may not do this."""


class Busy(ContactGuardError):
    """Too much is waiting; try again after `retry_after` seconds. Nothing was done."""

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__("too many requests are waiting; try again shortly")
        self.retry_after = retry_after


class StoreDown(ContactGuardError):
    """The store cannot be reached or did not confirm; nothing is promised about what was asked."""


class LineError(ContactGuardError):
    """A carrier refused or failed. `ours`: the fault is in our request, so trying again will not help."""

    def __init__(self, code: str, *, retryable: bool, ours: bool) -> None:
        super().__init__(f"the line failed: {code}")
        self.code, self.retryable, self.ours = code, retryable, ours
