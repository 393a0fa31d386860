"""Composition: settings, embedded PostgreSQL, server processes, the demonstration region."""
