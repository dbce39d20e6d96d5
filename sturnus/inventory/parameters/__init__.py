"""Service parameters: which there are, and what may stand in them (reference/inventory.md §6)."""
