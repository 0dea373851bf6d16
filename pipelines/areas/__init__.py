"""Municipalities through time: which one a name means, and what the texts of StatLine say became of them.

Belongs here: names and texts. Does not belong here: the graph of changes and restating, which are models
(``dbt_project/models/intermediate/areas``), nor how a text is fetched.
"""
