"""The PostgreSQL server: real ones, started and stopped for these tests."""
