"""The review of mappings: labels that stopped rows, what they may mean, what a person decided, the profile proposed."""
