"""What an installation would do, before anything is touched: facts in, plan out. Nothing here asks anybody."""
