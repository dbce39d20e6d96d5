"""The `config_controller` command: the first configuration of a controller."""
