"""The platform's own programs as a container image: `python -m apps.sturnus`."""
