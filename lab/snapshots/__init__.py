"""Copies of a whole lab's disks, to bring a cluster back faster than building it."""
