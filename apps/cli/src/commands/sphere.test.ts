import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, expect, test, vi } from 'vitest';
import { register } from './sphere.ts';

const dir = mkdtempSync(join(tmpdir(), 'almagest-sphere-'));
afterAll(() => rmSync(dir, { recursive: true }));

async function run(...args: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const spy = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  try {
    const program = new Command().exitOverride();
    register(program);
    await program.parseAsync(['sphere', ...args], { from: 'user' });
  } finally {
    spy.mockRestore();
  }
  return lines.join('\n');
}

test('names pixels and trixels', async () => {
  expect(JSON.parse(await run('healpix', 'index', '--order', '29', '150.1163', '2.2058', '--json'))).toEqual({
    order: 29,
    nest: '1918129854268147555',
    ring: '1662820127036402514',
  });
  expect(JSON.parse(await run('healpix', 'pixel', '--order', '3', '100', '--ring', '--json'))).toMatchObject({ nest: '167', ring: '100' });
  expect(JSON.parse(await run('htm', 'index', '10', '-20', '--json'))).toMatchObject({ level: 7 });
  expect(JSON.parse(await run('htm', 'cover', '--circle', '10,20,1', '--json'))).toMatchObject({ order: 7, count: '19' });
});

test('makes, combines, converts and asks coverage maps', async () => {
  const [a, b, both] = ['a.fits', 'b.json', 'both.txt'].map((name) => join(dir, name)) as [string, string, string];
  await run('moc', 'make', '--circle', '10,20,2', '--order', '8', '--out', a);
  await run('moc', 'make', '--box', '9,19,30,21', '--order', '7', '--out', b);
  await run('moc', 'combine', '--op', 'intersection', a, b, '--out', both);
  expect(JSON.parse(await run('moc', 'info', both, '--json'))).toMatchObject({ axis: 'space', order: 8 });
  expect(JSON.parse(await run('moc', 'contains', both, '10.5', '20', '--json'))).toMatchObject({ contains: true });
  expect(JSON.parse(await run('moc', 'contains', both, '25', '20', '--json'))).toMatchObject({ contains: false });
  expect(await run('moc', 'convert', both, '-')).toMatch(/^\d+\//);
});

test('refuses unreadable files, numbers and regions', async () => {
  await expect(run('moc', 'info', join(dir, 'missing'))).rejects.toMatchObject({ code: 'sphere.bad-moc', fault: 'data' });
  await expect(run('healpix', 'index', 'x', '3')).rejects.toMatchObject({ code: 'sphere.out-of-range' });
  await expect(run('htm', 'cover', '--circle', '1,2')).rejects.toMatchObject({ code: 'sphere.out-of-range' });
  await expect(run('htm', 'cover')).rejects.toMatchObject({ code: 'sphere.out-of-range' });
});
