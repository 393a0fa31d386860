"""How the registry reaches every installation unchanged: a TUF repository whose parts each have their own signers.

    making      the repository as files in memory: begin, edit, sign, publish, renew, rotate
    verifying   the chain from a root that is trusted to every document, without a clock
    loading     the snapshot that decisions read, from files that are verified, fresh and never go back
    listing     which documents there are, who signed each, since when
    contents    the documents inside: parties, keys, focal points

Files are a mapping from path to bytes; time and keys are parameters; nothing here knows a network or a directory.
"""
