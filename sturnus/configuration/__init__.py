"""Turns the inventory into files on hosts: hieradata, Puppet's runs and what came of them, the first configuration."""
