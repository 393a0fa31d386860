"""The log of this installation (RFC 6962): leaves, sequencing, signed heads, and what the logs of peers were seen to be."""
