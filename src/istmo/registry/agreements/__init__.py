"""Agreements: the record, its document, who signed it, and the state it is in on a day."""
