"""The whole program against loopback servers that behave like Azure, Purview and Databricks."""
