"""Which rulebook is in force when: proposed, rehearsed, settled, and what documents must hold for it."""
