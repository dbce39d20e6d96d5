"""Networks, and the interfaces by which hosts are connected to them (reference/inventory.md §6)."""
