"""How the Kubernetes cluster is reached."""
