"""Sturnus: OpenStack in containers on a Kubernetes platform (see docs/)."""

__version__ = "0.1.0.dev0"
