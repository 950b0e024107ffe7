import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AlmagestError } from '@almagest/errors';
import { exitCodeOf } from './report-error.ts';

const BIN = join(import.meta.dirname, '../bin/almagest.mjs');
const run = (...args: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
  spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8', env: { ...process.env, FORCE_COLOR: '1', NO_COLOR: '1' } });

test('each kind of fault leaves with the code that the help tells', () => {
  const fault = (kind: AlmagestError['fault']): number =>
    exitCodeOf(
      new (class extends AlmagestError {
        static override readonly code: string = 'test.fault';
        static override readonly fault = kind;
      })('x'),
    );
  expect([fault('caller'), fault('data'), fault('environment'), fault('internal'), exitCodeOf(new Error('x'))]).toEqual([2, 2, 3, 1, 1]);
  expect(exitCodeOf(Object.assign(new Error('no'), { code: 'EACCES' }))).toBe(3);
  const { stdout } = run('--help');
  expect(stdout).toMatch(/Exit codes: 0 done; 1 failed inside.*; 2 wrong usage or unreadable input; 3 the environment refused/s);
});

test('wrong usage: told in one line with what was meant, before any work, with 2', () => {
  for (const [args, words] of [
    [['dmo'], 'Did you mean "demo"?'],
    [['demo', '--prot', '1'], 'Did you mean --port?'],
    [['demo', '-j', 'two'], 'Expected a whole number'],
    [['demo', '-j', '0'], 'Expected one core or more'],
    [['demo', '--port', '99999'], 'A port is a number from 0 to 65535'],
    [['detect', 'x.fits', '--threshold', 'five'], 'Expected a number'],
    [['butler', 'query-datasetz', 'repo'], 'Did you mean query-datasets?'],
    [['completion', 'csh'], 'Allowed choices are bash, zsh, fish'],
    [['init', 'repo'], "required option '--camera <name|file>' not specified"],
    [['init', join(tmpdir(), 'nowhere'), '--camera', 'simcam-tinny'], 'there is no camera "simcam-tinny"'],
    // ... and the command before left nothing behind.
    [['serve', join(tmpdir(), 'nowhere')], '[cli.survey-not-found]'],
    [['detect', join(tmpdir(), 'nowhere.fits')], 'nowhere.fits'],
  ] as const) {
    const { status, stdout, stderr } = run(...args);
    expect([args.join(' '), status, stdout, stderr.includes(words)], stderr).toEqual([args.join(' '), 2, '', true]);
    expect(stderr.trim().split('\n').length, stderr).toBeLessThanOrEqual(4);
  }
}, 120_000);

test('input that cannot be read leaves with 2, an environment that refuses with 3; with --json one line tells the code', async () => {
  const work = mkdtempSync(join(tmpdir(), 'almagest-exit-'));
  const taken = createServer();
  try {
    writeFileSync(join(work, 'junk.fits'), 'no fits');
    mkdirSync(join(work, 'survey/archive'), { recursive: true });
    const junk = run('detect', join(work, 'junk.fits'), '--json');
    expect([junk.status, Object.keys(JSON.parse(junk.stdout) as object)]).toEqual([2, ['error']]);
    const port = await new Promise<number>((done) => taken.listen(0, '127.0.0.1', () => done((taken.address() as { port: number }).port)));
    const busy = run('serve', join(work, 'survey'), '--port', String(port), '--json');
    expect(busy.status).toBe(3);
    expect((JSON.parse(busy.stdout) as { error: { code: string } }).error.code).toBe('server.port-in-use');
  } finally {
    taken.close();
    rmSync(work, { recursive: true, force: true });
  }
}, 120_000);

test('what goes into a pipe holds no control characters, whatever the command', () => {
  for (const args of [['--help'], ['doctor'], ['demo', '--help'], ['adql', 'check', 'SELECT 1 FRM x'], ['dmo']]) {
    const { stdout, stderr } = run(...args);
    // oxlint-disable-next-line no-control-regex
    expect(`${stdout}${stderr}`, args.join(' ')).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/);
  }
}, 60_000);

test('a demonstration that is stopped with Ctrl-C says how to go on and leaves with 130', async () => {
  const work = mkdtempSync(join(tmpdir(), 'almagest-stopped-'));
  try {
    const child = spawn(process.execPath, [BIN, 'demo', join(work, 'survey'), '--no-serve'], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (part: Buffer) => {
      if (stderr === '') child.kill('SIGINT');
      stderr += part.toString();
    });
    expect(await new Promise((done) => child.once('exit', (code) => done(code)))).toBe(130);
    expect(stderr).toMatch(/^almagest: interrupted; start it again to go on \[cli.interrupted\]$/m);
    // One line a step, and nothing that only a terminal understands.
    expect(stderr).toMatch(/^ +\d+ s {2}simulate 3 nights of SimCam-demo\n/);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}, 60_000);
