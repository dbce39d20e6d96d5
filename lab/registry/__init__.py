"""The image registry on the first controller: Debian's docker-registry, with the lab's certificate and a password."""
