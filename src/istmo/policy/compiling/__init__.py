"""One agreement, compiled: policies, a text to read, a schema of the payload, test vectors and an audit query."""
