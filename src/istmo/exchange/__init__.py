"""How a message travels and what proves it afterwards: manifest, envelope, receipts, log, evidence, neutral answers.

Values and pure functions. Time, message ids and nonces are parameters; only the sealing library draws its own ephemeral
key, content key and initialisation vector from the operating system.
"""
