"""One host: its disk, its cgroup, its namespaces, its power, and the way in."""
