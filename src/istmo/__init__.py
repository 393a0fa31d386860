"""Istmo: the integrated regional information system on migratory flows of the Regional Conference on Migration."""

__version__ = "0.1.0"
