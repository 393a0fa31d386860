"""Whom to ask in each party: the focal points by theme, with deputies, as the parties name them over time."""
