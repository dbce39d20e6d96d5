"""The platform's own Keystone: the real one, set up and run as one process on the active controller.

installation   its packages, in a virtual environment of their own
ground         directories, configuration, keys, passwords, database      } each: look, decide, do
entities       roles, projects, users, services, endpoints                }
bootstrap      the two, one after the other, until nothing is left to do
run, health    one process under a supervisor, and whether it issues tokens
"""
