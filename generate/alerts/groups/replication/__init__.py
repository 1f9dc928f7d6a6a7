"""`rules/replication.yml`: replication for which Azure names no documented failure."""
