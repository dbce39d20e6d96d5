"""`system`: StarlingX's command, with its options, tables, messages and exit codes (reference/clients.md §1)."""
