import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { observationInfoToJson, translateFile } from '../src/index.ts';

const PEER = join(import.meta.dirname, 'python/translate_peer.py');

function findPython(): string | undefined {
  try {
    const script = join(import.meta.dirname, '../../../scripts/services/python-butler.sh');
    return execFileSync(script, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    console.log("skipped: the field's translator cannot be installed here (scripts/services/python-butler.sh)");
    return undefined;
  }
}

const python = haveData ? findPython() : undefined;
/** The peer looks this observatory up on the network, and what depends on it stays unknown without. */
const NEEDS_SITE: readonly string[] = ['location', 'altaz_begin', 'boresight_airmass', 'tracking_radec'];

test.skipIf(python === undefined)(
  "every saved header has the properties that the field's translator gives it",
  { timeout: 120_000 },
  async () => {
    const folder = dataPath('headers', 'astro_metadata_translator');
    const files = readdirSync(folder).filter((name) => /^(?:fitsheader|bad)-.*\.yaml$/.test(name));
    expect(files.length).toBeGreaterThan(11);
    const paths = files.map((name) => join(folder, name));
    const lines = execFileSync(python!, [PEER, ...paths], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .trim()
      .split('\n');
    for (const [i, path] of paths.entries()) {
      const { info, error } = JSON.parse(lines[i]!) as { info?: Record<string, unknown>; error?: string };
      expect([files[i], error]).toEqual([files[i], undefined]);
      const [found] = await translateFile(path, { strict: false });
      const { _translator: _name, ...expected } = info!;
      const ours = JSON.parse(JSON.stringify(observationInfoToJson(found!.info))) as Record<string, unknown>;
      const unknown = files[i]!.includes('sdss') ? NEEDS_SITE : [];
      expect(Object.keys(ours).filter((name) => ours[name] !== null && !(name in expected) && !unknown.includes(name))).toEqual([]);
      for (const [name, value] of Object.entries(expected))
        expect([files[i], name, alike(ours[name], value)]).toEqual([files[i], name, true]);
    }
  },
);

/** Equal, numbers to 1e-9 of their size; both parts of a Julian date on their own. */
function alike(ours: unknown, theirs: unknown): boolean {
  if (typeof ours === 'number' && typeof theirs === 'number') return Math.abs(ours - theirs) <= 1e-9 * Math.max(1, Math.abs(theirs));
  if (Array.isArray(ours) && Array.isArray(theirs))
    return ours.length === theirs.length && ours.every((value, i) => alike(value, theirs[i]));
  return (ours ?? null) === (theirs ?? null);
}
