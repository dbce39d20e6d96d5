"""Clients of OpenStack's own APIs, as the services in the pods serve them."""
