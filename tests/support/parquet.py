"""Reads Parquet files with pyarrow or DuckDB and prints what is in them as JSON.

    parquet.py arrow FOLDER    one object: files by name, with schema and rows
    parquet.py duckdb FOLDER   the same, by DuckDB
    parquet.py statistics FOLDER    what the files say of their columns
    parquet.py rows FOLDER   how many rows there are, and how large files are
    parquet.py keys FOLDER COLUMN   how often each value of a column is there
"""
import base64
import collections
import datetime
import decimal
import json
import pathlib
import re
import sys
import uuid


def plain(value):
    if isinstance(value, (bytes, bytearray)):
        return "base64:" + base64.b64encode(value).decode()
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return str(value)
    return value


def files(folder):
    root = pathlib.Path(folder)
    return sorted(p for p in root.rglob("*.parquet") if ".sgwtmp" not in str(p))


def by_arrow(folder):
    import pyarrow.parquet as parquet

    found = {}
    for path in files(folder):
        file = parquet.ParquetFile(path)
        table = file.read()
        found[str(path.relative_to(folder))] = {
            "schema": {f.name: str(f.type) for f in table.schema},
            "groups": file.metadata.num_row_groups,
            "rows": [plain(row) for row in counts_for_nanos(table).to_pylist()],
        }
    return found


def counts_for_nanos(table):
    """Python has no times that fine: they become whole numbers."""
    import pyarrow

    for at, field in enumerate(table.schema):
        if "[ns" in str(field.type):
            counts = table.column(at).cast(pyarrow.int64())
            table = table.set_column(at, field.name, counts)
    return table


def instant(micros):
    if micros is None:
        return None
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return epoch + datetime.timedelta(microseconds=micros)


def by_duckdb(folder):
    import duckdb

    found = {}
    connection = duckdb.connect()
    for path in files(folder):
        described = connection.execute(
            "DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]
        ).fetchall()
        names = [row[0] for row in described]
        kinds = [row[1] for row in described]
        zoned = [re.match("TIMESTAMP.*(ZONE|TZ)", kind) for kind in kinds]
        # Python's values of such a column would need another package.
        columns = ", ".join(
            f'epoch_us(CAST("{name}" AS TIMESTAMPTZ))' if is_zoned else f'"{name}"'
            for name, is_zoned in zip(names, zoned)
        )
        result = connection.execute(
            f"SELECT {columns} FROM read_parquet(?)", [str(path)]
        )
        rows = [
            plain({
                name: instant(value) if is_zoned else value
                for name, value, is_zoned in zip(names, row, zoned)
            })
            for row in result.fetchall()
        ]
        found[str(path.relative_to(folder))] = {
            "schema": dict(zip(names, kinds)),
            "rows": rows,
        }
    return found


def keys(folder, column):
    import pyarrow.parquet as parquet

    counts = collections.Counter()
    sizes = []
    for path in files(folder):
        sizes.append(path.stat().st_size)
        counts.update(parquet.read_table(path, columns=[column])[column].to_pylist())
    return {
        "rows": sum(counts.values()),
        "distinct": len(counts),
        "least": min(counts, default=None),
        "most": max(counts, default=None),
        "repeated": sorted(key for key, n in counts.items() if n > 1)[:20],
        "sizes": sizes,
    }


def statistics(folder):
    import pyarrow.parquet as parquet

    found = {}
    for path in files(folder):
        told = parquet.ParquetFile(path).metadata
        for group in range(told.num_row_groups):
            for at in range(told.num_columns):
                column = told.row_group(group).column(at)
                one = found.setdefault(
                    column.path_in_schema,
                    {"least": None, "most": None, "nulls": 0, "dictionary": False},
                )
                bounds = column.statistics
                one["nulls"] += bounds.null_count
                one["dictionary"] |= column.has_dictionary_page
                if not bounds.has_min_max:
                    continue
                for key, value, better in (
                    ("least", bounds.min, min),
                    ("most", bounds.max, max),
                ):
                    value = plain(value)
                    before = one[key]
                    one[key] = value if before is None else better(before, value)
    return found


def rows(folder):
    import pyarrow.parquet as parquet

    paths = files(folder)
    return {
        "rows": sum(parquet.read_metadata(path).num_rows for path in paths),
        "sizes": [path.stat().st_size for path in paths],
    }


READERS = {
    "arrow": by_arrow,
    "duckdb": by_duckdb,
    "keys": keys,
    "rows": rows,
    "statistics": statistics,
}
print(json.dumps(READERS[sys.argv[1]](*sys.argv[2:])))
