"""Linear programs that differ in their cost alone, each solved from the last one's solution.

The first is solved by interior points, which for a rounded table of 10,000 cells takes 1 s where the simplex method
takes 10; the next ones from its vertex by the primal simplex method, 0.02-0.5 s each where `scipy.optimize.linprog`
starts anew and takes 2-4 s (18,000 unknown cells; all measured). SciPy ships the whole interface of HiGHS, but not as
a public name; this module alone imports it, and the lock file holds SciPy's version.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize._highspy import _core

Numbers = NDArray[np.float64]
PRIMAL_SIMPLEX = 4  # HiGHS, option simplex_strategy: the last solution stays feasible when the cost changes


@dataclass(frozen=True, eq=False)
class Solution:
    """The point of least cost and the multiplier of each equation."""

    point: Numbers
    multipliers: Numbers


class Program:
    """Least `cost @ x` for `matrix @ x == right` and `least <= x <= greatest` (infinite: none)."""

    def __init__(self, matrix: sparse.csc_array, right: Numbers, least: Numbers, greatest: Numbers) -> None:
        lp = _core.HighsLp()
        lp.num_row_, lp.num_col_ = matrix.shape
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = np.zeros(len(least)), least, greatest
        lp.row_lower_ = lp.row_upper_ = right
        lp.a_matrix_.format_ = _core.MatrixFormat.kColwise
        lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
        lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
        lp.a_matrix_.value_ = matrix.data
        self._columns = np.arange(len(least), dtype=np.int32)
        self._highs = _core._Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 0), ("solver", "ipm")):
            self._highs.setOptionValue(option, value)
        self._highs.passModel(lp)

    def solve(self, cost: Numbers) -> Solution | None:
        """None if the solver did not get to an optimum."""
        self._highs.changeColsCost(len(cost), self._columns, cost)
        self._highs.run()
        if self._highs.getModelStatus() != _core.HighsModelStatus.kOptimal:
            return None
        self._highs.setOptionValue("solver", "simplex")
        self._highs.setOptionValue("simplex_strategy", PRIMAL_SIMPLEX)
        self._highs.setOptionValue("presolve", "off")
        solution = self._highs.getSolution()
        return Solution(np.array(solution.col_value), np.array(solution.row_dual))
