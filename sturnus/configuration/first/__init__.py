"""The first configuration of a controller: what an INI file says, before anything is done."""
