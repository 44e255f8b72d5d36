"""PostgreSQL: the engine, its settings and first shop, and a server without a container."""
