"""The parts of the reference that are made from the code, when the pages are built. Nothing of them is checked in."""
