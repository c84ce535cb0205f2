"""How switches are spoken to: the same answer as text, form, JSON and XML, and what their words for an end mean."""
