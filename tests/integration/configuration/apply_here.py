"""Applies a configuration from standard input below this process' own /etc, and prints what came of it."""

import asyncio
import dataclasses
import json
import sys
from pathlib import Path

from sturnus.agent.puppet import Configuration, DataFile, apply

if __name__ == "__main__":
    said = json.load(sys.stdin)
    files = tuple(DataFile(**each) for each in said["files"])
    wanted = Configuration(said["target"], said["hostname"], files)
    outcome = asyncio.run(apply(wanted, Path(sys.argv[1]), Path(sys.argv[2])))
    print(json.dumps(dataclasses.asdict(outcome)))
