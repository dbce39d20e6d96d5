"""Applications that the platform installs: each a room of its own, with its charts, images and tarball."""
