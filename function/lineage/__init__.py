"""Spark lineage from Azure Databricks in a catalogue that speaks the Apache Atlas v2 API."""

__version__ = "0.1.0"
