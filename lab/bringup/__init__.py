"""What must be true for a lab to be up, or gone; every step looks first and does only what is missing."""
