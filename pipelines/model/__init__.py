"""Model: dbt and the warehouse. The models themselves stand in ``dbt_project``; here is only how dbt is run."""
