"""The program on every host: says what the host is, and that it lives."""
