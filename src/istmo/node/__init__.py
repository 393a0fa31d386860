"""What only a country's installation has. Nothing of it is imported by a hub, and unit records stay under it."""
