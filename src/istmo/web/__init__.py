"""Pages: hub, public and what they share; server-rendered, in Spanish and English."""
