"""The application's tarball in FluxCD form (reference/applications.md §1.3, §3.1): each time the same to the byte."""
