"""The steps as Dagster shows them: names, groups, metadata, automation. The work is in the packages they call."""
