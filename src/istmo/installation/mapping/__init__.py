"""Mapping labels to codes: which version of a profile is in force, which labels none maps, what a person decided."""
