"""What was exchanged, provably? Our log (RFC 6962) with its signed heads, and what peers' logs were seen to be."""
