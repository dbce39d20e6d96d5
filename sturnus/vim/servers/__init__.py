"""Servers of OpenStack: what they are, where they may go, and how the VIM has them go there."""
