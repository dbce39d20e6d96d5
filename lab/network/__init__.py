"""Switches, cables and the outside router, all in network namespaces of the lab's own."""
