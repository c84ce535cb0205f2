"""Measures ContactGuard; `scripts/bench` runs it. Not part of the package that is shipped."""
