"""Differences of two columns of figures, at comparability 2 or more and nowhere else."""

from collections.abc import Sequence

from istmo.statistics.comparability import Figure, difference


def differences(first: Sequence[Figure], second: Sequence[Figure]) -> tuple[int | None, ...]:
    """Each of the first minus the one beside it; raises `NotComparable` below level 2, also where none has a value."""
    return tuple(difference(a, b) for a, b in zip(first, second, strict=True))
