"""Pages that only a country's installation has."""
