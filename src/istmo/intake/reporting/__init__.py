"""The validation report: a sender's own sheet with our notes in its cells, findings by rule, and what changed."""
