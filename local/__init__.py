"""What stands in for Azure on one machine: the embedded catalogue, the wake-up, the server of ``make demo``."""
