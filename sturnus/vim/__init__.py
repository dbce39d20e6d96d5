"""The virtual infrastructure manager: takes hosts into service and out of it, with all that runs on them.

    southbound -> row says "look" -> `driving` reads the inventory and the node -> `deciding` -> one step -> row -> ...

The machine is a literal table (`machine`), the work of each state a list of steps (`plan`). A killed process goes on
from the row and from what it then sees.
"""
