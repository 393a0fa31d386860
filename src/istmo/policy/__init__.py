"""May this leave? The protection floor first, then the agreement; refused by default. A permit comes from here alone.

request = read_request(document)                              # a Request, or already a Refusal
outcome = decide(request, snapshot=snapshot, now=now)         # a Permit or a Refusal
simulated(agreement, document, snapshot, now)                 # what would be decided, and by which clause; no permit
"""

from istmo.policy.deciding import decide
from istmo.policy.outcome import NEUTRAL, Permit, Refusal
from istmo.policy.request import Request, Subject, read_request
from istmo.policy.simulating import Simulation, simulated

__all__ = [
    "NEUTRAL",
    "Permit",
    "Refusal",
    "Request",
    "Simulation",
    "Subject",
    "decide",
    "read_request",
    "simulated",
]
