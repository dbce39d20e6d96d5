"""`sturnus doctor`: facts are gathered, pure checks judge them, each finding says what to do.

facts      what is known, as values; what could not be found out says why
gathering  looks at settings, files, database, Keystone, cluster
hosting    looks at the agent of this host
verdicts   judges; no I/O
"""

from sturnus.cli.sturnus.doctor.run import run

__all__ = ["run"]
