"""Agreements in the workbench of a hub or a node: the registry in force, a text before it is signed, what if."""
