"""Carries out operations: looks, decides (`applications.decisions`), does one step, looks again.

One task per release; a release starts the moment those that come before it are ready. What happens is told to the
tables by a reporter, and nowhere else.
"""
