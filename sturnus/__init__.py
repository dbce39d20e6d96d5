"""Sturnus: OpenStack in containers on a Kubernetes platform (see docs/)."""
