"""What every installation has: accounts, audit, submissions, observations with their vintages."""
