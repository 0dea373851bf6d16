"""Privacy: delivered bytes at rest, pseudonyms at the first door, the rules of disclosure control that guard the last.

The rules on published counts (threshold, rounding base) stand in ``dbt_project/macros/protect.sql``, because they work
inside the models.
"""
