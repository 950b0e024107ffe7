import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';

const run = (args: readonly string[], input: string) =>
  spawnSync(process.execPath, [join(import.meta.dirname, '../../bin/almagest.mjs'), 'adql', 'parse', ...args], {
    encoding: 'utf8',
    input,
    maxBuffer: 1e8,
  });

test('one query gives its tree, a wrong one its error with the position and exit code 1', () => {
  const right = run(['--udf', 'f(x DOUBLE) -> DOUBLE'], 'SELECT f(ra) FROM t');
  expect(right.status).toBe(0);
  const wrong = run(['--version', '2.0'], 'SELECT ra FROM t WHERE ra ILIKE 1');
  expect(wrong.status).toBe(1);
  expect(JSON.parse(wrong.stdout)).toMatchObject({ code: 'adql.syntax', position: { line: 1 } });
  expect(run(['--udf', 'g(x DOUBLE) -> DOUBLE'], 'SELECT f(ra) FROM t').status).toBe(1);
});

const XML: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&apos;': "'", '&quot;': '"', '&amp;': '&' };
const textOf = (xml: string): string =>
  /^\s*<!\[CDATA\[([\s\S]*)\]\]>\s*$/.exec(xml)?.[1] ?? xml.replaceAll(/&(?:lt|gt|apos|quot|amp);/g, (entity) => XML[entity] ?? entity);

test.skipIf(!haveData)("every query of the IVOA's validation set is decided as it is marked, in one batch", () => {
  const folder = dataPath('adql', 'lyonetia-ivoa');
  const marked = new Map<string, boolean>();
  const lines = readdirSync(folder).flatMap((file) => {
    const xml = readFileSync(join(folder, file), 'utf8').replaceAll(/<!--[\s\S]*?-->/g, '');
    const forms = (part: string): string[] => [...part.matchAll(/<form>([\s\S]*?)<\/form>/g)].map((match) => textOf(match[1] ?? ''));
    const common = forms(xml.split('<query ')[0] ?? '');
    return [...xml.matchAll(/<query [\s\S]*?<\/query>/g)].map(([element], n) => {
      const [, attributes = '', body = ''] = /<adql([^>]*)>([\s\S]*?)<\/adql>/.exec(element) ?? [];
      const id = `${file} ${n}`;
      marked.set(id, attributes.includes('valid="true"'));
      const version = /adql-2\.\d/.exec(attributes)?.[0];
      return JSON.stringify({
        id,
        query: textOf(body),
        udfs: [...common, ...forms(element)],
        ...(version === undefined ? {} : { version }),
      });
    });
  });
  expect(lines).toHaveLength(196);
  const decided = run(['--batch'], `${lines.join('\n')}\n`);
  expect(decided.status).toBe(0);
  const answers = decided.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; valid: boolean });
  expect(answers.filter(({ id, valid }) => valid !== marked.get(id))).toEqual([]);
  expect(answers).toHaveLength(196);
});
