"""DuckDB: the engine, and the merge of a batch of changes."""
