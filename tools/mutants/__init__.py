"""Changes models and source data a little, and asks which test of `dbt build` notices it."""
