"""The one process of a lab outside of its hosts: relays to them, and the baseboard controllers that hold their power.

Hosts run without it; a rack that dies is started again by the next `lab up`.
"""
