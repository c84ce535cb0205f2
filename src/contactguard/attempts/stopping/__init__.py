"""Stops: what they cover, how they are made and lifted, and what is taken back under them."""
