"""Whether workloads are ready, and if not, why: pure functions over a snapshot of the namespace.

rules      one object: ready, not ready, or failed for good
selection  which objects a release waits for
causes     one pod or workload that is not ready: the cause, from the closed set in `reason`
explanation  a release: how many are ready, and the worst cause in one sentence
"""
