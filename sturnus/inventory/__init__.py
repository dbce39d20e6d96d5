"""Hosts and their labels: what there is, what is wanted of it, and what may be asked of it now.

`service.py` is the only door. Everything else is called through it.
"""
