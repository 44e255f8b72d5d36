"""Spark with Iceberg: the engine, its session or Thrift server, and the SQL of a load."""
