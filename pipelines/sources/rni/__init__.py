"""RNI extract: persons registered as non-residents, some with a temporary Dutch address."""
