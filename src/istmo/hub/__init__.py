"""What the Technical Secretariat does: compile the month, write the brief, publish it."""
