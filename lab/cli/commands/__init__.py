"""One module a command: `run(parsed)` does it and returns the exit status."""
