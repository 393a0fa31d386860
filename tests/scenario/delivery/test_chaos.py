"""Whatever dies and however bad the network is: nothing is lost, nothing happens twice, both logs account for all."""

from tests.scenario.delivery.chaos import chaos

MESSAGES, KILLS = 100, 20


def test_twenty_kills_and_a_bad_network_lose_nothing_and_double_nothing() -> None:
    account = chaos(messages=MESSAGES, kills=KILLS, seed=20260301, rate=10)
    assert account.posted == MESSAGES
    assert (account.delivered, account.received, account.doubled) == (MESSAGES, MESSAGES, 0)
    assert account.handled == MESSAGES
    assert account.logs, "each message stands once in the log of either side"
    assert account.whole, "indexes are dense and the newest head covers them"
    assert sum(account.kills.values()) == KILLS
    assert sum(account.faults[name] for name in ("cut", "lost", "twice", "again", "reorder")) > 0
