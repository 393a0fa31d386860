"""How do messages leave and arrive? Outbox, pump, inbox: nothing is lost, nothing happens twice."""
