"""The PostgreSQL server: its settings, the shop it starts with, and one without a container."""
