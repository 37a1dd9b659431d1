"""What the notebook "Spark Lineage Harvest Init" imports on a cluster; nothing but the standard library is needed."""
