"""A small retail lakehouse: recorded agent traffic, and the notebooks that it was recorded from."""
