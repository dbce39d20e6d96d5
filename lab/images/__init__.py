"""The container images of the lab's Kubernetes, built by buildah from programs that are there; kept by content."""
