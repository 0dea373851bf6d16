"""The register of municipal indicators and of commitments to the council."""
