"""The parts of the documentation that are drawn from the dbt project's files."""
