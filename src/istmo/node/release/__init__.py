"""The release of a vintage to the hub: proposed by one person, released by another, sent, answered."""
