import { zipSync } from 'fflate';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesSource } from '@almagest/fits';
import { zipMember } from './zip-member.ts';

const content = new TextEncoder().encode('what a member holds, twice: what a member holds');
const bundle = (level: 0 | 6): Uint8Array => zipSync({ 'a.txt': new Uint8Array(300), 'b/ä.txt': content }, { level });

test.each([0, 6] as const)('reads a member packed at level %i, whole and in part', async (level) => {
  const member = await zipMember(bytesSource(bundle(level)), 'b/ä.txt', 'x.zip');
  expect([member.size, await member.read(0, member.size)]).toEqual([content.length, content]);
  expect(await member.read(5, 8)).toEqual(content.subarray(5, 13));
  await expect(zipMember(bytesSource(bundle(level)), 'none', 'x.zip')).rejects.toMatchObject({ code: 'butler.artifact-corrupt' });
});

test('answers a damaged bundle with bytes or a coded error (seed 20261120)', async () => {
  const damage = fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(0, 6), damage, fc.nat(600), async (level, changes, cut) => {
      const bytes = bundle(level as 0);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      const source = bytesSource(cut % 3 === 0 ? bytes.subarray(0, cut) : bytes);
      try {
        const member = await zipMember(source, 'b/ä.txt', 'x.zip');
        await member.read(0, member.size);
      } catch (error) {
        expect(error).toMatchObject({ code: 'butler.artifact-corrupt' });
      }
    }),
    { seed: 20261120, numRuns: 2000 },
  );
});
