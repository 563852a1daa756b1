"""Prints where a Python file fails to parse: line, column (both from 1) and message, a line each; exit code 1."""
import ast
import sys

try:
    with open(sys.argv[1], "rb") as script:
        ast.parse(script.read(), sys.argv[1])
except (SyntaxError, ValueError) as error:
    print(getattr(error, "lineno", None) or 1, getattr(error, "offset", None) or 1, getattr(error, "msg", None) or error, sep="\n")
    sys.exit(1)
