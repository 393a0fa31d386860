"""The monthly regional brief at the Secretariat: its editions, who moves them on, and the files that readers get."""
