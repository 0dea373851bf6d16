"""Lodging of labour migrants, as municipalities know it."""
