# Databricks notebook source
# MAGIC %md
# MAGIC # Spark Lineage Harvest Init
# MAGIC Gives the lineage of the notebook that runs it an identity: path, job, run, task and user. One line at the top of
# MAGIC any notebook, by its absolute path, because `%run` looks for relative ones beside the caller:
# MAGIC
# MAGIC `%run "/Shared/lineage/Spark Lineage Harvest Init"`
# MAGIC
# MAGIC It changes nothing but this notebook's own session, may run again, and fails without a consequence: the table below
# MAGIC says what it found. Jobs need it only for notebook, task and user: workspace, job and run come from the cluster.

# COMMAND ----------

import os as _lineage_os
import sys as _lineage_sys

_lineage_home = _lineage_os.environ.get("LINEAGE_HOME") or "/Workspace/Shared/lineage"
try:
    _lineage_sys.path[:0] = ["/databricks/lineage", _lineage_home]  # the driver's own copy first
    try:
        import lineage_notebook.identity as _lineage_identity
    finally:
        del _lineage_sys.path[:2]  # other imports need not look there

    _lineage_report = _lineage_identity.harvest(spark, dbutils, home=_lineage_home)
    print(_lineage_report)
except Exception as _lineage_error:
    print(f"no identity: {type(_lineage_error).__name__}: {_lineage_error}; lineage goes on without it")
