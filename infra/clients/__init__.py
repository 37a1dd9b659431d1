"""Clients of the services that the deployment talks to itself; no Pulumi in them."""
