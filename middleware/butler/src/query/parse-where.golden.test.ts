import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ExpressionSyntaxError } from '../errors.ts';
import { parseWhere } from './parse-where.ts';
import { formatExpression } from './where-tree.ts';

interface Golden {
  readonly expression: string;
  readonly canonical?: string | null;
  readonly position?: number | null;
  readonly error?: string;
}

const goldens = JSON.parse(readFileSync(join(import.meta.dirname, '../../test/golden/where/expected.json'), 'utf8')) as readonly Golden[];

/** Deliberate differences: these mean something here. */
const OURS: Readonly<Record<string, string>> = {
  "a = T'mjd/58000'": "a = T'mjd/58000'",
  "T'2020-01-01' IN (a.timespan)": "T'2020-01-01 00:00:00.000' IN (a.timespan)",
  "a = T'2020-01-01T00:00:00Z'": "a = T'2020-01-01T00:00:00.000'",
  "a = T'jd/2458849.5/tt'": "a = T'jd/2458849.5/tt'",
  "a = T'iso/2020-01-01 01:02:03/tai'": "a = T'2020-01-01 01:02:03.000/tai'",
};

function read(expression: string): string | null | { readonly position: number } {
  try {
    const tree = parseWhere(expression);
    return tree === undefined ? null : formatExpression(tree);
  } catch (error) {
    expect(error).toBeInstanceOf(ExpressionSyntaxError);
    return { position: (error as ExpressionSyntaxError).details!.position };
  }
}

test.each(goldens)('reads $expression as the field does', ({ expression, canonical, position, error }) => {
  const found = read(expression);
  if (OURS[expression] !== undefined) expect(found).toBe(OURS[expression]);
  else if (error === undefined) expect(found).toBe(canonical);
  else {
    expect(found).toHaveProperty('position');
    if (typeof position === 'number') expect(found).toEqual({ position });
  }
});
