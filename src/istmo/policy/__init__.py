"""May this leave? The protection floor first, then the agreement; refused by default. A permit comes from here alone.

request = read_request(document)                              # a Request, or already a Refusal
outcome = decide(request, snapshot=snapshot, now=now)         # a Permit or a Refusal
"""

from istmo.policy.deciding import decide
from istmo.policy.outcome import NEUTRAL, Permit, Refusal
from istmo.policy.request import Request, Subject, read_request

__all__ = ["NEUTRAL", "Permit", "Refusal", "Request", "Subject", "decide", "read_request"]
