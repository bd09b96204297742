"""Parses T-SQL statements with sqlglot, a parser that knows nothing of this project.

Reads one JSON object per line from stdin: `{"name", "sql", "parameters": [names]}`.
A statement fails when the parser doesn't read it, when it falls back to a "command"
whose insides it doesn't look at, or when its variables aren't its parameters and what
it declares. Ends with status 1 when one failed; scripts/check_tsql.ts runs it.
"""

import json
import logging
import sys

import sqlglot
from sqlglot import exp

# sqlglot warns when it gives up on a statement; here that is a failure anyway.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

# Levels of SQL Server that sqlglot doesn't know, and one that it does.
UNKNOWN_LEVEL = "ISOLATION LEVEL SNAPSHOT"
KNOWN_LEVEL = "ISOLATION LEVEL READ COMMITTED"


def problems_of(statement):
    """Sentences on what is wrong; none for a good statement."""
    sql = statement["sql"].replace(UNKNOWN_LEVEL, KNOWN_LEVEL)
    try:
        trees = [tree for tree in sqlglot.parse(sql, read="tsql") if tree]
    except sqlglot.errors.SqlglotError as error:
        return [str(error)]
    if not trees:
        return ["no statement in it"]
    unread = [
        f"not looked into: {command.sql()[:120]}"
        for tree in trees
        for command in tree.find_all(exp.Command)
    ]
    return unread + variable_problems(statement, trees)


def variable_problems(statement, trees):
    """Every variable is a parameter or declared; every parameter is used."""
    used = {name for tree in trees for name in used_in(tree)}
    declared = {name for tree in trees for name in declared_in(tree)}
    given = {name.lower() for name in statement["parameters"]}
    return [f"@{name} is nowhere declared" for name in used - declared - given] + [
        f"@{name} is a parameter nobody uses" for name in given - used
    ]


def used_in(tree):
    for parameter in tree.find_all(exp.Parameter):
        if not is_argument_name(parameter) and not is_of_server(parameter):
            yield parameter.name.lower()


def is_of_server(parameter):
    """@@ROWCOUNT and its like are a parameter in a parameter to sqlglot."""
    return isinstance(parameter.this, exp.Parameter) or isinstance(
        parameter.parent, exp.Parameter
    )


def is_argument_name(parameter):
    """In a call, `@Name = @value` names an argument of the procedure first."""
    parent = parameter.parent
    return (
        isinstance(parent, exp.EQ)
        and isinstance(parent.parent, exp.Execute)
        and parent.this is parameter
    )


def declared_in(tree):
    for item in tree.find_all(exp.DeclareItem):
        names = item.this if isinstance(item.this, list) else [item.this]
        for name in names:
            yield name.name.lower()


def main():
    statements = [json.loads(line) for line in sys.stdin if line.strip()]
    failed = 0
    for statement in statements:
        for problem in problems_of(statement):
            failed += 1
            print(f"{statement['name']}: {problem}\n{statement['sql'][:500]}\n")
    count = len(statements)
    print(f"sqlglot {sqlglot.__version__}: {count} statements, {failed} problems")
    return 1 if failed or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
