"""The peer of `istmo bench disclosure`: pytauargus (Tau-Argus) on one table, in a process of its own.

`python -m bench.peer_pytauargus DIR MOD` reads `DIR/table.csv` and one `DIR/<dimension>.csv` a dimension, protects the
table with the frequency rule (a cell under 5 is unsafe) and writes `DIR/withheld.csv`: the codes of each cell that it
withholds. Run it in a fresh directory: it leaves files where it works, and stumbles over those of an earlier run.
"""

import csv
import sys
from pathlib import Path

THRESHOLD = 5
TOTAL = "Total"


def tree(path: Path) -> tuple[str, list[tuple[int, str]]]:
    """The root, and each code below it with its depth (0 just under the root), parents first."""
    with path.open(newline="") as file:
        rows = [(row["code"], row["parent"]) for row in csv.DictReader(file)]
    root = next(code for code, parent in rows if not parent)
    below: dict[str, list[str]] = {}
    for code, parent in rows:
        below.setdefault(parent, []).append(code)

    def walk(code: str, depth: int) -> list[tuple[int, str]]:
        return [found for child in below.get(code, ()) for found in ((depth, child), *walk(child, depth + 1))]

    return root, walk(root, 0)


def main(where: Path, method: str) -> None:
    from pytauargus import protect

    with (where / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    dimensions = [name for name in rows[0] if name != "n"]
    micro: dict[str, list[object]] = {name: [] for name in dimensions}
    for row in rows:
        for name in dimensions:
            micro[name] += [row[name]] * int(row["n"])
    micro["persons"] = [1.0] * len(micro[dimensions[0]])
    hierarchies, roots = {}, {}
    for name in dimensions:
        roots[name], codes = tree(where / f"{name}.csv")
        if any(depth for depth, _ in codes):
            file = where / f"{name}.hrc"
            file.write_text("".join(f"{'@' * depth}{code}\n" for depth, code in codes))
            hierarchies[name] = str(file)
    result = protect(
        micro,
        dimensions,
        "persons",
        safety_rules=f"FREQ({THRESHOLD},100)",
        suppress=f"{method}(1)",
        hrc=hierarchies,
        hierleadstring="@",
        totcode=TOTAL,
        workdir=str(where / "work"),
    )
    table = result.tables[0]
    with (where / "withheld.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(dimensions)
        for row, shown in zip(table.rows, table.safe(None), strict=True):
            if shown is None:
                out.writerow([roots[name] if row[name] in ("", TOTAL) else row[name] for name in dimensions])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
