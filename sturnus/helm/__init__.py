"""Helm as a program: one operation is one process that can be ended; its records are read where it keeps them."""
