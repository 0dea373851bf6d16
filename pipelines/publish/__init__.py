"""Publish: the candidate, its judgement taken in, and the one atomic switch to a new release."""
