"""The platform on a lab's first controller, installed from packages as a user would, under the host's supervisor."""
