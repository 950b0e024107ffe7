import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AdqlSyntaxError } from '../errors.ts';
import { parseAdql } from './parse-adql.ts';

const WORDS =
  `SELECT FROM WHERE AND OR NOT ( ) , . * + - / = < > <= >= <> || 'x' "y" 1 2.5 0x1F a b t1 JOIN ON USING NATURAL LEFT OUTER GROUP BY
HAVING ORDER DESC OFFSET TOP DISTINCT UNION EXCEPT INTERSECT ALL WITH AS IN BETWEEN LIKE ILIKE IS NULL EXISTS COUNT SUM CAST POINT CIRCLE
POLYGON CONTAINS DISTANCE IN_UNIT COALESCE ; -- ' "`.split(/\s+/);

const VALID = [
  'SELECT TOP 10 a, b AS c FROM s.t AS x WHERE a BETWEEN 1 AND 2 AND b IN (1, 2) ORDER BY a DESC OFFSET 3',
  "WITH q AS (SELECT a FROM t) SELECT COUNT(*), AVG(a) FROM q NATURAL JOIN u WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE('ICRS', 1, 2, 3)) GROUP BY a",
  "(SELECT a FROM t UNION ALL SELECT b FROM u) EXCEPT SELECT CAST(c AS VARCHAR(3)) FROM v WHERE c LIKE 'x%' OR EXISTS (SELECT d FROM w)",
];

/** Parses, or refuses with a position inside the text; anything else is a fault of the parser. */
function decide(query: string): void {
  try {
    parseAdql(query);
  } catch (error) {
    expect(error).toBeInstanceOf(AdqlSyntaxError);
    const offset = (error as AdqlSyntaxError).details?.position.offset ?? -1;
    expect(offset).toBeGreaterThanOrEqual(0);
    expect(offset).toBeLessThanOrEqual(query.length);
  }
}

test('100,000 mutated and random queries are parsed or refused with a position (seed 20261120)', () => {
  const mutated = fc
    .tuple(fc.constantFrom(...VALID), fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom(...WORDS)), { minLength: 1, maxLength: 4 }))
    .map(([query, edits]) =>
      edits.reduce((text, [at, kind, word]) => {
        const i = at % (text.length + 1);
        if (kind === 0) return `${text.slice(0, i)} ${word} ${text.slice(i)}`;
        if (kind === 1) return text.slice(0, i) + text.slice(i + 1 + (at % 7));
        if (kind === 2) return text.slice(0, i) + word + text.slice(i + word.length);
        return text.slice(0, i) + text.slice(i, i + 20) + text.slice(i);
      }, query),
    );
  const soup = fc.array(fc.constantFrom(...WORDS), { maxLength: 25 }).map((words) => words.join(' '));
  const bytes = fc.string({ unit: 'binary', maxLength: 60 });
  fc.assert(
    fc.property(fc.oneof({ weight: 6, arbitrary: mutated }, { weight: 3, arbitrary: soup }, { weight: 1, arbitrary: bytes }), decide),
    {
      seed: 20261120,
      numRuns: 100_000,
    },
  );
});
