"""Reads a table of types through clients that nobody here wrote.

read_types.py CLIENT PORT COUNT: a line of JSON with the value of "SELECT type N".
"""

import json
import sys

client, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def connect():
    if client == "python-tds":
        import pytds

        return pytds.connect(
            dsn="127.0.0.1", port=port, database="shop", user="sa",
            password="secret", autocommit=True, use_tz=None,
        )
    import pymssql

    return pymssql.connect(
        server="127.0.0.1", port=str(port), database="shop", user="sa",
        password="secret", autocommit=True, encryption="off",
    )


def shown(value):
    if isinstance(value, (bytes, bytearray)):
        return "0x" + value.hex()
    return str(value)


with connect() as connection:
    cursor = connection.cursor()
    for n in range(count):
        cursor.execute("SELECT type %d" % n)
        try:
            print(json.dumps(shown(cursor.fetchone()[0])))
        except Exception as error:
            print(json.dumps("failed: %r" % error))
    cursor.execute("UPDATE orders")
    print(json.dumps(str(cursor.rowcount)))
