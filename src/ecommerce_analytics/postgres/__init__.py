"""The PostgreSQL server: its settings, its initial shop, and a server without a container."""
