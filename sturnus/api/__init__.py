"""The wire: routes, models and error bodies. Decides nothing."""
