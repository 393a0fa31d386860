"""Which months came from whom and when, who is late, and who was reminded of it."""
