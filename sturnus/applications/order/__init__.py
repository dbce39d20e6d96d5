"""Which release waits for which: as written, or as the pods declare."""
