"""Overrides: the values of four layers, who set which, and what may change now."""
