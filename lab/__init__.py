"""The lab: real hosts, a real network and a real Kubernetes on one machine.

Rooms, from the street door down: `cli` (what is typed) → `bringup` (what must be true for a lab to be up) →
`kubernetes`, `snapshots` → `registry`, `rack` (the one process outside of the hosts) → `machine`, `images` →
`network`, `programs` → `ground`.
"""
