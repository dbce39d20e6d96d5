"""`sturnus`: runs the platform's own processes. The only command that may import services."""
