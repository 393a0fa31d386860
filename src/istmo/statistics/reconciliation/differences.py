"""Differences of two columns of figures, at comparability 2 or more and nowhere else."""

from collections.abc import Sequence

from istmo.statistics.comparability import Figure, Operation, difference, require


def differences(first: Sequence[Figure], second: Sequence[Figure]) -> tuple[int | None, ...]:
    """Each of the first minus the one beside it; refused as a whole, whatever the figures, before one is subtracted."""
    pairs = list(zip(first, second, strict=True))
    for a, b in pairs:
        require(a.series, b.series, Operation.SUBTRACT)
    return tuple(difference(a, b) for a, b in pairs)
