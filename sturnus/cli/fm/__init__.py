"""`fm`: what is wrong with the platform now, and what was."""
