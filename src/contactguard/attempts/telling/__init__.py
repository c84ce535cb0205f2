"""What the record is told: cases, facts, lists, contacts made elsewhere, refusals and returned mail."""
