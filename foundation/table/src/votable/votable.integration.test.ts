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
    for (const version of ['1.3', '1.4'] as const) {
      const tables = Array.from({ length: 8 }, (_, k) => {
        // stilts 3.4.7 reads the length of binary complex lists as if of floats; astropy reads them as the standard says.
        const complex = k % 2 === 0;
        const table = randomTable(100 * i + k, {
          types: complex ? TYPES : TYPES.filter((type) => !type.startsWith('complex')),
          shapes: complex && format !== 'TABLEDATA' ? [[], [3], [2, 2]] : [[], [-1], [3], [-1, 2]],
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

test.skipIf(!haveStilts || !haveData)('documents of every version are valid by its XML schema', () => {
  for (const version of ['1.3', '1.4', '1.5'] as const) {
    const table = randomTable(5, { types: TYPES, shapes: [[], [-1], [3]], nulls: true, rows: 5, alphabet: 'abc' });
    const params = [{ name: 'q', datatype: 'char', arraysize: '*', value: 'v', description: 'd' }];
    const infos = [{ name: 'a', value: 'b' }];
    const meta = {
      ...table.meta,
      params,
      infos,
      links: [{ href: 'http://a/' }],
      groups: [{ name: 'g', fieldRefs: [], paramRefs: [], params, groups: [] }],
    };
    const systems = {
      coordinateSystems: [{ id: 'sys', system: 'ICRS', epoch: '2016.0', refposition: 'BARYCENTER' }],
      timeSystems: [{ id: 'ts', timescale: 'TT', refposition: 'TOPOCENTER', timeorigin: 'MJD-origin' }],
    };
    for (const format of ['TABLEDATA', 'BINARY', 'BINARY2'] as const) {
      const path = join(folder, 'schema.xml');
      writeFileSync(
        path,
        writeVotable(
          {
            version,
            description: 'd',
            infos,
            params,
            ...systems,
            resources: [{ type: 'results', name: 'r', description: 'd', infos, params, tables: [{ ...table, meta }] }],
          },
          { version, format },
        ),
      );
      const schema = dataPath('votable', 'xsd', `VOTable.v${version}.xsd`);
      expect(
        spawnSync('stilts', ['xsdvalidate', `doc=${path}`, `schemaloc=http://www.ivoa.net/xml/VOTable/v1.3=${schema}`], {
          encoding: 'utf8',
        }),
      ).toMatchObject({ status: 0, stdout: '', stderr: '' });
    }
  }
});

function lint(bytes: Uint8Array, version: string): string {
  const path = join(folder, 'table.xml');
  writeFileSync(path, bytes);
  return execFileSync('stilts', ['votlint', `votable=${path}`, `version=${version}`], { encoding: 'utf8' });
}
