"""Processors and memory of hosts: what the hardware has, what it is for, and what the operator chose of that."""
