"""The story of Sturnus, told on a real lab: `make demo`."""
