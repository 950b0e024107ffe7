/** Real clients against the service: the STILTS validator and pyvo. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSampleService } from './sample-service.ts';

const haveStilts = spawnSync('stilts', ['-version']).status === 0;
const PYTHON = '/usr/bin/python3';
const havePyvo = spawnSync(PYTHON, ['-c', 'import pyvo']).status === 0;

let app: FastifyInstance;
let address = '';
beforeAll(async () => {
  app = await createSampleService();
  address = `${await app.listen({ host: '127.0.0.1', port: 0 })}/tap`;
});
afterAll(() => app.close());

/** Runs a program while this process serves it. */
function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', () => resolve(output));
  });
}

test.skipIf(!haveStilts)('taplint finds no error; its one failure is the table of observing plans that is not offered', async () => {
  const report = await run('stilts', ['taplint', `tapurl=${address}`, 'report=EWF']);
  const problems = report.split('\n').filter((line) => /^[EWF]-/.test(line));
  expect(problems).toEqual(['F-LOC-NOTP-1 No table with name ivoa.obsplan']);
});

test.skipIf(!haveStilts)('votlint is silent on every serialization', async () => {
  for (const format of ['votable', 'votable/td']) {
    const url = `${address}/sync?LANG=ADQL&QUERY=${encodeURIComponent('SELECT TOP 50 * FROM stars')}&RESPONSEFORMAT=${encodeURIComponent(format)}`;
    const file = join(mkdtempSync(join(tmpdir(), 'almagest-')), 't.vot');
    writeFileSync(file, Buffer.from(await (await fetch(url)).arrayBuffer()));
    expect(execFileSync('stilts', ['votlint', `votable=${file}`, 'version=1.4', 'ucd=true', 'unit=true'], { encoding: 'utf8' })).toBe('');
  }
});

const SESSION = `
import sys, time, pyvo
from astropy.table import Table
tap = pyvo.dal.TAPService(sys.argv[1])
assert tap.available
assert 'demo.stars' in tap.tables.keys()
rows = tap.search("SELECT TOP 4 id, ra, mag FROM demo.stars ORDER BY id")
assert len(rows) == 4 and rows['id'][0] == 9007199254740993, rows
assert str(rows.fielddescs[1].unit) == 'deg'
cut = tap.search('SELECT * FROM demo.stars', maxrec=7)
assert len(cut) == 7
assert 'OVERFLOW' in [info.value for info in cut.votable.resources[0].infos], cut.votable.resources[0].infos
try:
    tap.search('SELECT nothing FROM demo.stars')
    raise SystemExit('a wrong query was taken')
except pyvo.dal.DALQueryError as error:
    assert 'there is no column nothing' in str(error), error
up = Table({'star': [9007199254740995], 'note': ['mine']})
joined = tap.run_sync('SELECT s.id, u.note FROM demo.stars AS s JOIN TAP_UPLOAD.mine AS u ON s.id = u.star', uploads={'mine': up})
assert list(joined['note']) == ['mine']
job = tap.submit_job('SELECT COUNT(*) AS n FROM demo.stars')
job.run().wait(timeout=30)
assert job.phase == 'COMPLETED', job.phase
assert job.fetch_result()['n'][0] == 3000
assert any(j.jobid == job.job.jobid for j in tap.get_job_list())
job.delete()
slow = tap.submit_job('SELECT SUM(a.visits * b.visits + c.visits + d.mag) FROM demo.stars a, demo.stars b, demo.stars c, demo.stars d')
slow.run()
time.sleep(0.5)
slow.abort()
assert slow.phase == 'ABORTED', slow.phase
slow.delete()
assert len(list(tap.examples)) == 1
print('session passed')
`;

test.skipIf(!havePyvo)('a pyvo session passes: sync, overflow, errors, uploads, jobs, abort, examples', async () => {
  expect(await run(PYTHON, ['-c', SESSION, address])).toContain('session passed');
});
