import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anonymousAuthenticator } from '@almagest/auth';
import { createDuckdbEngine } from '@almagest/catalogs';
import { columnFromCells, makeTable } from '@almagest/table';
import Fastify, { type FastifyInstance } from 'fastify';
import { registerTap, type TapOptions, type TapTable } from '../src/index.ts';

export const STAR_COUNT = 3000;

export const sampleStars: TapTable = {
  schema: 'demo',
  name: 'stars',
  description: 'Made-up stars on a spiral over the sphere',
  sky: { ra: 'ra', dec: 'dec' },
  keyColumn: 'id',
  columns: [
    { name: 'id', type: 'BIGINT', ucd: 'meta.id;meta.main', description: 'Identifier', principal: true, indexed: true },
    {
      name: 'ra',
      type: 'DOUBLE',
      unit: 'deg',
      ucd: 'pos.eq.ra;meta.main',
      description: 'Right ascension (ICRS)',
      principal: true,
      indexed: true,
    },
    {
      name: 'dec',
      type: 'DOUBLE',
      unit: 'deg',
      ucd: 'pos.eq.dec;meta.main',
      description: 'Declination (ICRS)',
      principal: true,
      indexed: true,
    },
    { name: 'mag', type: 'REAL', unit: 'mag', ucd: 'phot.mag', description: 'Magnitude', principal: true },
    { name: 'name', type: 'VARCHAR', ucd: 'meta.id', description: 'Name' },
    { name: 'seen', type: 'TIMESTAMP', description: 'Time of the first observation' },
    { name: 'visits', type: 'SMALLINT', ucd: 'meta.number', description: 'Number of visits' },
    { name: 'variable', type: 'BOOLEAN', description: 'Whether it varies' },
  ],
  sql: () => '"sample_stars"',
};

/** A TAP service over a table that is the same in every run. */
export async function createSampleService(options: Partial<TapOptions> = {}): Promise<FastifyInstance> {
  const engine = await createDuckdbEngine({ threads: 2 });
  const rows = Array.from({ length: STAR_COUNT }, (_, i) => i);
  await engine.loadTable(
    'sample_stars',
    makeTable([
      columnFromCells(
        { name: 'id', datatype: 'int64' },
        rows.map((i) => 9007199254740993n + BigInt(i)),
      ),
      columnFromCells(
        { name: 'ra', datatype: 'float64' },
        rows.map((i) => (i * 137.508) % 360),
      ),
      columnFromCells(
        { name: 'dec', datatype: 'float64' },
        rows.map((i) => (Math.asin((2 * i + 1) / STAR_COUNT - 1) * 180) / Math.PI),
      ),
      columnFromCells(
        { name: 'mag', datatype: 'float32' },
        rows.map((i) => (i % 17 === 0 ? null : 14 + ((i * 7) % 100) / 10)),
      ),
      columnFromCells(
        { name: 'name', datatype: 'string' },
        rows.map((i) => (i % 11 === 0 ? null : `Star <${i}> & co`)),
      ),
      columnFromCells(
        { name: 'seen', datatype: 'string', xtype: 'timestamp' },
        rows.map((i) => new Date(1.7e12 + i * 86_400_000).toISOString().slice(0, 19)),
      ),
      columnFromCells(
        { name: 'visits', datatype: 'int16' },
        rows.map((i) => i % 30),
      ),
      columnFromCells(
        { name: 'variable', datatype: 'boolean' },
        rows.map((i) => (i % 5 === 0 ? true : i % 7 === 0 ? null : false)),
      ),
    ]),
  );
  const app = Fastify();
  app.addHook('onClose', () => engine.close());
  await registerTap(app, {
    prefix: '/tap',
    engine,
    content: { schemas: [{ name: 'demo', description: 'A table to try things on' }], tables: [sampleStars], keys: [] },
    functions: [],
    authenticate: anonymousAuthenticator(['read:catalog', 'exec:query']),
    jobFolder: mkdtempSync(join(tmpdir(), 'almagest-tap-')),
    examples: [
      {
        id: 'cone',
        title: 'Stars in a cone',
        text: 'All stars within two degrees of a position.',
        query: "SELECT TOP 10 id, ra, dec FROM demo.stars WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 10, 20, 2))",
      },
    ],
    ...options,
  });
  return app;
}
