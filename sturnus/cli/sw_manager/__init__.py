"""The command `sw-manager`: strategies of the VIM."""
