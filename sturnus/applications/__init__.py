"""Applications: one tarball becomes releases in the cluster: planned, explained, resumable.

    tarball -> bundle -> release graph -> overrides -> values -> plan -> engine -> operation

`service.py` is the only door. Everything else is called through it.
"""
