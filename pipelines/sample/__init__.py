"""The synthetic sample: a landing tree to try everything with, without one real person in it."""
