"""CBS Migrantenmonitor: a workbook of tables whose layout changes with every edition, read through a profile."""
