"""Is it safe to publish this table? Disclosure control that is tried against its own attackers before anything leaves.

A `Cube` holds the counts of a table with all its margins. A method makes a `ProtectedTable` of it: what the public will
see, and with it the interval in which anybody can place each true count. An attacker reads nothing but that and the
equations that tie the cells together (`System`), and narrows the intervals. A table is released only if no attacker
finds what the rules promise to protect.
"""
