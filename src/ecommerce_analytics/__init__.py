"""The Python around the dbt project: the contract, the synthetic shop, the loader, the summary."""
