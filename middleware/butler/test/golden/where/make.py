"""Writes how the Python Butler's parser prints, or refuses, each expression of expressions.txt."""

import json

from lsst.daf.butler.queries.expressions.parser import ParserYacc

parser = ParserYacc()
out = []
for line in open("expressions.txt").read().split("\n")[:-1]:
    try:
        tree = parser.parse(line)
        out.append({"expression": line, "canonical": None if tree is None else str(tree)})
    except Exception as error:
        out.append({"expression": line, "position": getattr(error, "pos", None), "error": type(error).__name__})
json.dump(out, open("expected.json", "w"), indent=0, ensure_ascii=False)
