"""Two hundred kills and a bad network over 1,000 messages and 100 under an agreement: is any lost, any twice?

The scenario of `tests/scenario/delivery/chaos.py` at full size: the listener, its worker, the workers of both sides and
PostgreSQL are killed with -9, one after the other, while a proxy cuts, delays, drops, repeats and reorders. Wanted:
none lost, none doubled, and both logs hold each message exactly once.
"""

from typing import Any

MESSAGES, SUBMISSIONS, KILLS, SEED = 1000, 100, 200, 4


def run() -> list[dict[str, Any]]:
    from tests.scenario.delivery.chaos import chaos

    account = chaos(messages=MESSAGES, submissions=SUBMISSIONS, kills=KILLS, seed=SEED, rate=8)
    rows = {
        "posted": account.posted,
        "lost": account.posted - account.received,
        "doubled": account.doubled,
        "delivered with a verified receipt": account.delivered,
        "both logs hold each message once": "yes" if account.logs else "no",
        "indexes dense, the newest head covers them": "yes" if account.whole else "no",
        **{f"killed: {name}": count for name, count in sorted(account.kills.items())},
        **{f"network: {name}": count for name, count in sorted(account.faults.items())},
        "seconds": account.seconds,
    }
    wanted = {
        "posted": MESSAGES + SUBMISSIONS,
        "lost": "0",
        "doubled": "0",
        "delivered with a verified receipt": MESSAGES + SUBMISSIONS,
        "both logs hold each message once": "yes",
        "indexes dense, the newest head covers them": "yes",
    }
    return [{"what": name, "found": str(value), "wanted": str(wanted.get(name, ""))} for name, value in rows.items()]
