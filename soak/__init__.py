"""Long runs against a running service; `scripts/soak NAME` starts them. Not part of the package that is shipped."""
