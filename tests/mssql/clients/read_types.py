"""Reads a table of types through clients that nobody here wrote.

read_types.py CLIENT PORT COUNT [CERTIFICATE]: a line of JSON with the value of "SELECT type N", then
one for each operation: its name and what came of it.
"""

import json
import sys

client, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def connect(autocommit=True):
    if client == "python-tds":
        import pytds

        return pytds.connect(
            dsn="127.0.0.1", port=port, database="shop", user="sa",
            password="secret", autocommit=autocommit, use_tz=None,
        )
    import pymssql

    return pymssql.connect(
        server="127.0.0.1", port=str(port), database="shop", user="sa",
        password="secret", autocommit=autocommit, encryption="require" if len(sys.argv) > 4 else "off",
    )


def shown(value):
    if isinstance(value, (bytes, bytearray)):
        return "0x" + value.hex()
    return str(value)


def count_of_update(cursor):
    cursor.execute("UPDATE orders")
    return str(cursor.rowcount)


def parameters(cursor):
    import pytds

    # Bytes are text for it, unless their type is named.
    binary = pytds.Column(type=pytds.tds_types.VarBinaryType(10), value=b"\x01\xff")
    cursor.execute("SELECT parameters %s, %s, %s, %s", (7, "grüße", None, binary))
    return cursor.fetchone()[0]


def error_of_the_server(cursor):
    try:
        cursor.execute("SELECT FAIL")
    except Exception as error:
        if client == "python-tds":
            return "%d %s" % (error.number, error.text)
        return "%d %s" % (error.args[0], error.args[1].decode().split("DB-Lib")[0])
    return "no error"


def several_results(cursor):
    cursor.execute("SELECT twice")
    found = cursor.fetchall()
    while cursor.nextset():
        found += cursor.fetchall()
    return " ".join(str(row[0]) for row in found)


def transactions(_):
    with connect(autocommit=False) as other:
        cursor = other.cursor()
        cursor.execute("UPDATE orders")
        other.commit()
        cursor.execute("UPDATE orders")
        other.rollback()
    return "done"


with connect() as connection:
    cursor = connection.cursor()
    for n in range(count):
        cursor.execute("SELECT type %d" % n)
        try:
            print(json.dumps(shown(cursor.fetchone()[0])))
        except Exception as error:
            print(json.dumps("failed: %r" % error))
    for name, work in {
        "count": count_of_update,
        "parameters": parameters,
        "transactions": transactions,
        "error": error_of_the_server,
        "several results": several_results,
    }.items():
        if client == "pymssql" and name == "parameters":
            continue  # it writes them into the text
        try:
            print(json.dumps([name, work(cursor)]))
        except Exception as error:
            print(json.dumps([name, "failed: %r" % error]))
