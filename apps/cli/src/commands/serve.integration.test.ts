import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';

const BIN = join(import.meta.dirname, '../../bin/almagest.mjs');
const survey = mkdtempSync(join(tmpdir(), 'almagest-serve-'));
mkdirSync(join(survey, 'archive'));
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(survey, { recursive: true, force: true });
});

async function serve(port: number): Promise<{ child: ChildProcess; address: string }> {
  const child = spawn(process.execPath, [BIN, 'serve', survey, '--port', String(port), '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  for await (const line of createInterface({ input: child.stdout }))
    return { child, address: (JSON.parse(line) as { address: string }).address };
  throw new Error('the server ended without an address');
}

const ended = async (child: ChildProcess): Promise<number | null> => await new Promise((done) => child.once('exit', (code) => done(code)));

test('a port in use is told with a way on; after Ctrl-C the same port serves again', async () => {
  const first = await serve(0);
  const port = new URL(first.address).port;
  const second = spawnSync(process.execPath, [BIN, 'serve', survey, '--port', port], { encoding: 'utf8' });
  expect(second.status).toBe(3);
  expect(second.stderr).toMatch(/port \d+ .* is taken .* 0 for any that is free \[server\./);
  const end = ended(first.child);
  first.child.kill('SIGINT');
  expect(await end).toBe(0);
  const again = await serve(Number(port));
  expect((await fetch(`${again.address}/health`)).status).toBe(200);
}, 120_000);

test('what is no survey is told before anything listens', () => {
  const { status, stderr } = spawnSync(process.execPath, [BIN, 'serve', tmpdir()], { encoding: 'utf8' });
  expect([status, stderr.includes('[cli.survey-not-found]')]).toEqual([2, true]);
});

test('doctor says what is there and how to get what is not', () => {
  const { stdout } = spawnSync(process.execPath, [BIN, 'doctor', survey, '--json'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: '/nonexistent' },
  });
  const checks = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { name: string; found: boolean; remedy?: string });
  for (const { name, found, remedy } of checks) if (!found) expect(remedy, name).toBeTruthy();
  expect(checks.find(({ name }) => name === 'STILTS')).toMatchObject({ found: false, remedy: expect.stringContaining('install') });
  expect(checks.find(({ name }) => name === 'Node.js')).toMatchObject({ found: true });
});

test('a free port is found by the system where any will do', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  const { address } = await serve(0);
  expect(new URL(address).port).not.toBe(String((taken.address() as { port: number }).port));
  taken.close();
}, 60_000);
