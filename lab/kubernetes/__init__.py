"""Kubernetes on the lab's hosts, by kubeadm, in the four steps that a platform needs too.

`prepare` a bare host · `initialise` the control plane · `join` a host · `reset` a host.
"""
