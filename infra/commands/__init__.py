"""Checks before and after a deployment."""
