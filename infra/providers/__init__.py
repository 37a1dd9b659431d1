"""Dynamic resources over the clients; importable, and nothing is registered on import."""
