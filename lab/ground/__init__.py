"""What every room of the lab stands on: errors, paths, the lab's description, child processes, progress."""
