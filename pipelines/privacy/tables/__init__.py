"""Tables that reveal nobody: which cells are sensitive, how tables are protected, and the proof that they are.

``table`` is a table of cells and sums, ``hierarchy`` makes one of rows; ``sensitive`` says what may not be known of
which cells; ``rounding`` and ``suppression`` protect, with ``chance`` that a secret draws and the ``solver``;
``audit`` judges what is about to be released by what a reader could compute from it, and shares nothing with those two
but the table. Numbers in, numbers out; nothing here knows of files, Dagster or dbt.
"""
