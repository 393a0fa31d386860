"""Protected tables in the workbench of a hub or a node: what was published under which rules, and what checks found."""
