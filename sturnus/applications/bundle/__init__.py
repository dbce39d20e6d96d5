"""Bundles: a tarball of either form is opened without trust, and read into one model."""
