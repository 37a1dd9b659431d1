"""What runs on a Databricks cluster, and the tables that the script, the policy, the checks and the docs share."""
