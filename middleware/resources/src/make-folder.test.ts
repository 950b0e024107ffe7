import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder } from './make-folder.ts';

test('makes folders, also twice and through links, and says why where it cannot', () => {
  const root = mkdtempSync(join(tmpdir(), 'almagest-folders-'));
  makeFolder(join(root, 'a/b/c'));
  makeFolder(join(root, 'a/b/c'));
  symlinkSync(join(root, 'a'), join(root, 'link'));
  makeFolder(join(root, 'link/d'));
  expect(statSync(join(root, 'a/d')).isDirectory()).toBe(true);
  writeFileSync(join(root, 'file'), '');
  symlinkSync(join(root, 'nowhere'), join(root, 'broken'));
  for (const path of ['file', 'file/x', 'file/x/y'])
    expect(() => makeFolder(join(root, path))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
  expect(() => makeFolder(join(root, 'broken'))).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  rmSync(root, { recursive: true });
});

test.skipIf(!existsSync('/proc/self'))('ends where a file system takes no folders', () => {
  for (const path of ['/proc/almagest', '/proc/almagest/x/y', '/proc/self/almagest'])
    expect(() => makeFolder(path)).toThrow(expect.objectContaining({ code: 'EPERM' }));
});
