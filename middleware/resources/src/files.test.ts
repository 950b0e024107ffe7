import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FileExistsError, FileNotFoundError, openFile, openSource, readPieces, writeFileAtomic } from './index.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'almagest-resources-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('reads at any position, and less at the end', async () => {
  const path = join(folder, 'deep/er/a.bin');
  expect(await writeFileAtomic(path, [Uint8Array.of(1, 2), Uint8Array.of(3, 4, 5)])).toBe(5);
  await using file = await openFile(path);
  expect(file.size).toBe(5);
  expect(await file.read(3, 10)).toEqual(Uint8Array.of(4, 5));
  expect((await file.read(9, 1)).length).toBe(0);
  const shared = new Uint8Array(new SharedArrayBuffer(2));
  expect(await file.readInto(1, shared)).toBe(2);
  expect([...shared]).toEqual([2, 3]);
  const lengths: number[] = [];
  for await (const piece of readPieces(file, { pieceBytes: 2 })) lengths.push(piece.length);
  expect(lengths).toEqual([2, 2, 1]);
});

test('a place is a path or an address', async () => {
  const path = join(folder, 'place.bin');
  await writeFileAtomic(path, 'of all things');
  const server = createServer((_request, response) => response.end('of all things'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    for (const place of [path, `http://127.0.0.1:${(server.address() as AddressInfo).port}/place.bin`]) {
      await using source = await openSource(place);
      expect(new TextDecoder().decode(await source.read(3, 3))).toBe('all');
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
  await expect(openSource(join(folder, 'nowhere'))).rejects.toBeInstanceOf(FileNotFoundError);
});

test('a write that fails half way leaves the old file and nothing else', async () => {
  const path = join(folder, 'b/b.txt');
  await writeFileAtomic(path, 'old');
  const broken = (function* () {
    yield new Uint8Array(10);
    throw new Error('producer died');
  })();
  await expect(writeFileAtomic(path, broken)).rejects.toThrow('producer died');
  expect(await readFile(path, 'utf8')).toBe('old');
  expect(await readdir(join(folder, 'b'))).toEqual(['b.txt']);
});

test('an exclusive write never replaces a file', async () => {
  const path = join(folder, 'c.txt');
  const writes = await Promise.allSettled(['1', '2', '3'].map((text) => writeFileAtomic(path, text, { exclusive: true })));
  expect(writes.filter((write) => write.status === 'fulfilled')).toHaveLength(1);
  expect(writes.find((write) => write.status === 'rejected')?.reason).toBeInstanceOf(FileExistsError);
});

test('says what is missing', async () => {
  await expect(openFile(join(folder, 'none'))).rejects.toThrow(FileNotFoundError);
  await expect(openFile(folder)).rejects.toThrow('it is a folder');
});
