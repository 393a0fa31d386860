"""What becomes of a file that somebody sends: read in a process of its own, checked, stored as a vintage or refused."""
