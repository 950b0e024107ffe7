import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataPath, haveData } from '@almagest/test-data';
import { afterAll, expect, test } from 'vitest';
import { randomTable } from '../../test/random-table.ts';
import type { DataType } from '../model/datatype.ts';
import { parseVotable } from './read.ts';
import { writeVotable } from './write.ts';

const haveStilts = spawnSync('stilts', ['-version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'almagest-votable-'));
afterAll(() => rmSync(folder, { recursive: true }));
const TYPES: readonly DataType[] = [
  'boolean',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'float32',
  'float64',
  'complex64',
  'complex128',
  'string',
];

test.skipIf(!haveStilts)('stilts votlint finds nothing in what is written', () => {
  for (const [i, format] of (['TABLEDATA', 'BINARY', 'BINARY2'] as const).entries())
    for (const version of ['1.3', '1.4', '1.5'] as const) {
      const tables = Array.from({ length: 8 }, (_, k) => {
        const table = randomTable(100 * i + k, {
          types: TYPES,
          shapes: [[], [-1], [3], [-1, 2]],
          nulls: true,
          rows: 10,
          alphabet: k % 2 === 0 ? 'abc <&>"' : 'aé漢',
        });
        return {
          ...table,
          meta: {
            ...table.meta,
            name: `t${k}`,
            infos: [{ name: 'a', value: 'b' }],
            params: [{ name: 'p', datatype: 'double', value: '1' }],
          },
        };
      });
      expect(
        lint(
          writeVotable(
            {
              version,
              infos: [{ name: 'x', value: 'y' }],

              resources: [{ type: 'results', tables }],
            },
            { format, version },
          ),
          version,
        ),
      ).toBe('');
    }
});

test.skipIf(!haveStilts || !haveData)('stilts votlint finds nothing in rewritten service answers', () => {
  for (const file of ['votable/services/alma-datalink.xml', 'refcats/2MASS_PSC.vot', 'votable/astropy-votable/valid_votable.xml'])
    expect(lint(writeVotable(parseVotable(readFileSync(dataPath(...file.split('/')))), { version: '1.4' }), '1.4'), file).toBe('');
});

function lint(bytes: Uint8Array, version: string): string {
  const path = join(folder, 'table.xml');
  writeFileSync(path, bytes);
  return execFileSync('stilts', ['votlint', `votable=${path}`, `version=${version}`], { encoding: 'utf8' });
}
