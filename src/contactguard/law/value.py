"""What every fact of a scenario has in common."""

from __future__ import annotations

import msgspec


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A fact as it is written: unknown fields are errors, absent ones are left out again."""
