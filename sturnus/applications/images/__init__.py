"""The images of an application, and how they come into the local registry."""
