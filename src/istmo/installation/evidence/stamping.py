"""An outside clock for our heads (RFC 3161), where an authority is named. Without an answer there is an alarm, no stop.

    stamp(url, now=now, nonce=…, ask=ask)         # the newest head; True where it is stamped now

The token binds the signed head, and with it every leaf before it, to the authority's time. `openssl ts -verify` reads
it.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime

from rfc3161_client import TimestampRequestBuilder, decode_timestamp_response
from rfc3161_client.tsp import PKIStatus

from istmo.installation.alarms.models import AlarmKind, raise_alarm, settle
from istmo.installation.evidence.models import Head, Stamp

Ask = Callable[[str, bytes], bytes]
"""Posts a query (`application/timestamp-query`) to an address and gives the answer's body; raises `OSError`."""


def stamp(url: str, *, now: datetime, ask: Ask) -> bool:
    """Have the newest head stamped, if it is not; False where the authority gave no good answer."""
    head = Head.objects.order_by("-size").first()
    if head is None or Stamp.objects.filter(head=head).exists():
        return False
    text = head.text.encode("utf-8")
    query = TimestampRequestBuilder().data(text).nonce(nonce=True).cert_request(cert_request=True).build()
    try:
        response = decode_timestamp_response(ask(url, query.as_bytes()))
        good = response.status in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS)
        info = response.tst_info if good else None
    except (OSError, ValueError):
        info = None
    if info is None or info.message_imprint.message != hashlib.sha512(text).digest() or info.nonce != query.nonce:
        raise_alarm(AlarmKind.TIME_STAMP, at=now)
        return False
    Stamp.objects.create(head=head, token=response.as_bytes(), at=now)
    settle(AlarmKind.TIME_STAMP, at=now)
    return True
