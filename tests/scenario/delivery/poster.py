"""A process of an installation that posts messages: `poster.py HOME DATA_DIR [RECIPIENT COUNT RATE KIND CONVERSATION]`.

Without a recipient it only brings the tables up to date. A database that dies under it is waited for: what was
committed is counted, what was not is posted again.
"""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path


def main() -> None:
    from istmo.app.django_setup import configure
    from istmo.app.home import read_home
    from istmo.app.schema import bring_up_to_date
    from istmo.app.settings import Settings

    settings = Settings(home=Path(sys.argv[1]), data_dir=Path(sys.argv[2]), log_level="error")
    home = read_home(settings)
    configure(settings, home)
    if len(sys.argv) == 3:
        bring_up_to_date(home)
        return
    recipient, count, rate, kind = sys.argv[3], int(sys.argv[4]), float(sys.argv[5]), sys.argv[6]
    post_all(recipient, count, rate, kind, sys.argv[7] if len(sys.argv) > 7 else None)


def post_all(recipient: str, count: int, rate: float, kind: str, conversation: str | None) -> None:
    from django.db import InterfaceError, OperationalError, connection, transaction

    from istmo.exchange.manifest import Kind
    from istmo.exchange.submission import Answer, write_answer
    from istmo.installation.delivery.outbox import post
    from istmo.installation.delivery.point import access_point
    from istmo.model.observations import COLUMNS

    point = access_point()
    columns = {name: [] for name in COLUMNS if name not in HEADS}
    heads = {name.lower(): "" for name in HEADS}
    body = json.dumps({"format": "istmo-submission/1", **heads, "rows": 0, "columns": columns}).encode()
    payload = {"submission": body, "submission-answer": write_answer(Answer("acknowledged"))}.get(
        kind, b'{"test": true}'
    )
    under = {"agreement": "demo:RCM-STAT", "purpose": "STAT"} if kind.startswith("submission") else {}
    started, done = time.monotonic(), 0
    while done < count:
        if rate:
            time.sleep(max(0.0, started + done / rate - time.monotonic()))
        try:
            with transaction.atomic():
                post(
                    point,
                    kind=Kind(kind),
                    recipient=recipient,
                    payload=payload,
                    at=datetime.now(UTC),
                    conversation=conversation,
                    **under,
                )
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(0.2)
        else:
            done += 1
    print(done, time.monotonic() - started, flush=True)


HEADS = ("REPORTER", "AGENCY", "DATASET", "VINTAGE", "SOURCE_HASH", "PROFILE")

if __name__ == "__main__":
    main()
