"""Can anybody work out of the published cells what they are to protect?

An attacker gets what a reader has and never the true counts: a `System`, or published things of other kinds (codes,
rows in their order, the files of a release). `catalogue` lists them all.
"""
