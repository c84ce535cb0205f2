"""How hard hypothesis looks: a fast, repeatable look by default, a long one with --hypothesis-profile=deep."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile("fast", max_examples=25, deadline=None, derandomize=True, suppress_health_check=_QUIET)
settings.register_profile("deep", max_examples=1500, deadline=None, suppress_health_check=_QUIET)
settings.load_profile("fast")
