"""Ground: what every part of Sturnus stands on. Imports nothing else of Sturnus."""
