"""The OpenStack application: image recipes, charts, and the tarball that holds them together."""
