"""What the platform installs, each with its charts, images and tarball; and the platform itself, as an image."""
