"""Who reports what: members, datasets, places; versioned documents in YAML."""
