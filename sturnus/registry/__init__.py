"""Images in registries: which are missing in the local one, and how they get there. `skopeo` does the work."""
