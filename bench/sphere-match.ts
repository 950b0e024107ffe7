/**
 * A million against a million positions within 0.5 arcsec: in memory against astropy, and from FITS files to a FITS file
 * against stilts. 800,000 rows have a true counterpart 0.1 arcsec (per axis) away; both sides report how many they found.
 * Also 20,000 cones of 6 arcmin from the tree against scipy's.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesSource, fitsBytes, getColumn, openFits, readTable, tableHdu } from '@almagest/fits';
import { ARCSEC, buildSphereTree, DEGREE, matchSky, rowsWithin, type SkyColumns, type SkyMatches, unitFromLonLat } from '@almagest/sphere';

const COUNT = 1_000_000;
const TRUE = 800_000;
const CONES = 20_000;
const RADIUS = 0.5 * ARCSEC;
const ROUNDS = 3;

const dir = mkdtempSync(join(tmpdir(), 'sphere-match-'));
try {
  await main();
} finally {
  rmSync(dir, { recursive: true });
}

async function main(): Promise<void> {
  const [a, b] = makeCatalogues();
  for (const [name, columns] of [
    ['a.fits', a],
    ['b.fits', b],
  ] as const)
    writeFileSync(join(dir, name), await tableBytes(columns));
  let pairs: SkyMatches | undefined;
  const memory = await median(() => (pairs = matchSky(a, b, { radius: RADIUS })));
  const files = await median(matchFiles);
  const single = matchSky(a, b, { radius: RADIUS, keep: 'one-to-one' });
  const tree = buildSphereTree(a);
  const cones = await median(() => {
    for (let i = 0; i < CONES; i++) rowsWithin(tree, unitFromLonLat({ lon: b.lon[i] ?? 0, lat: b.lat[i] ?? 0 }), 0.1 * DEGREE);
  });
  const python = runPython();
  report('million x million within 0.5 arcsec, memory', memory, 'astropy', python?.['match'], 1, trueFound(pairs), python?.['found']);
  report('million x million within 0.5 arcsec, FITS to FITS', files, 'stilts tmatch2', runStilts(), 0.45, trueFound(single));
  report(`${CONES} cones of 6 arcmin in a million`, cones, 'scipy cKDTree', python?.['cones'], undefined);
}

async function matchFiles(): Promise<void> {
  const [a, b] = await Promise.all(['a.fits', 'b.fits'].map(readColumns));
  if (!a || !b) throw new Error('catalogues are missing');
  const { a: rowsA, b: rowsB, separation } = matchSky(a, b, { radius: RADIUS, keep: 'one-to-one' });
  const columns = [
    { name: 'id_1', values: rowsA },
    { name: 'id_2', values: rowsB },
    { name: 'separation', values: separation },
  ];
  writeFileSync(join(dir, 'ours.fits'), await fitsBytes([tableHdu({ columns })]));
}

async function readColumns(name: string): Promise<SkyColumns> {
  const file = await openFits(bytesSource(readFileSync(join(dir, name))));
  for await (const hdu of file) {
    if (hdu.kind === 'image') continue;
    const table = await readTable(hdu);
    const degrees = (column: string): Float64Array => (getColumn(table, column).values as Float64Array).map((value) => value * DEGREE);
    return { lon: degrees('ra'), lat: degrees('dec') };
  }
  throw new Error(`${name} has no table`);
}

async function tableBytes({ lon, lat }: SkyColumns): Promise<Uint8Array> {
  const columns = [
    { name: 'id', values: Int32Array.from(lon, (_, i) => i) },
    { name: 'ra', values: lon.map((value) => value / DEGREE), unit: 'deg' },
    { name: 'dec', values: lat.map((value) => value / DEGREE), unit: 'deg' },
  ];
  return fitsBytes([tableHdu({ columns })]);
}

function makeCatalogues(): [SkyColumns, SkyColumns] {
  const [a, b] = [0, 1].map(() => ({ lon: new Float64Array(COUNT), lat: new Float64Array(COUNT) })) as [SkyColumns, SkyColumns];
  let state = 7;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(next() + 1e-12)) * Math.cos(2 * Math.PI * next());
  for (let i = 0; i < COUNT; i++) {
    a.lon[i] = 2 * Math.PI * next();
    a.lat[i] = Math.asin(2 * next() - 1);
    b.lon[i] = i < TRUE ? (a.lon[i] ?? 0) + (0.1 * ARCSEC * normal()) / Math.cos(a.lat[i] ?? 0) : 2 * Math.PI * next();
    b.lat[i] = i < TRUE ? Math.max(-1.57, Math.min(1.57, (a.lat[i] ?? 0) + 0.1 * ARCSEC * normal())) : Math.asin(2 * next() - 1);
  }
  return [a, b];
}

function runPython(): Record<string, number> | undefined {
  const program = `
import json, time
import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import fits
from scipy.spatial import cKDTree
a, b = [np.array(fits.getdata('${dir}/%s.fits' % n, 1).tolist()) for n in 'ab']
def once():
    t = time.perf_counter()
    ca, cb = SkyCoord(a[:, 1], a[:, 2], unit='deg'), SkyCoord(b[:, 1], b[:, 2], unit='deg')
    i, s, _ = ca.match_to_catalog_sky(cb)
    ok = s < 0.5 * u.arcsec
    return time.perf_counter() - t, int((i[ok] == np.nonzero(ok)[0]).sum())
runs = [once() for _ in range(${ROUNDS})]
xyz = lambda c: np.stack([np.cos(c[:, 2]) * np.cos(c[:, 1]), np.cos(c[:, 2]) * np.sin(c[:, 1]), np.sin(c[:, 2])], 1)
tree, q = cKDTree(xyz(np.radians(a))), xyz(np.radians(b[:${CONES}]))
def cone():
    t = time.perf_counter(); [tree.query_ball_point(p, 2 * np.sin(np.radians(.05))) for p in q]; return time.perf_counter() - t
print(json.dumps(dict(match=sorted(r[0] for r in runs)[${ROUNDS >> 1}], found=runs[0][1], cones=sorted(cone() for _ in range(${ROUNDS}))[${ROUNDS >> 1}])))
`;
  const run = spawnSync('/usr/bin/python3', ['-c', program], { encoding: 'utf8' });
  if (run.status === 0) return JSON.parse(run.stdout) as Record<string, number>;
  console.log(JSON.stringify({ bench: 'sphere-match', skipped: 'astropy or scipy is not installed' }));
  return undefined;
}

function runStilts(): number | undefined {
  const args = `tmatch2 matcher=sky params=0.5 find=best runner=sequential progress=none in1=${dir}/a.fits in2=${dir}/b.fits values1=ra\\ dec values2=ra\\ dec suffix1=_1 suffix2=_2 ofmt=fits out=${dir}/st.fits`;
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const start = performance.now();
    if (spawnSync('sh', ['-c', `stilts ${args}`], { stdio: 'ignore' }).status !== 0) {
      console.log(JSON.stringify({ bench: 'sphere-match', skipped: 'stilts is not installed' }));
      return undefined;
    }
    times.push((performance.now() - start) / 1000);
  }
  return times.toSorted((p, q) => p - q)[ROUNDS >> 1];
}

function report(
  bench: string,
  ours: number,
  peer: string,
  peerS: number | undefined,
  target: number | undefined,
  found?: number,
  peerFound?: number,
): void {
  const ratio = peerS === undefined ? undefined : round(ours / peerS);
  console.log(
    JSON.stringify({
      bench: `sphere: ${bench}`,
      ours_s: round(ours),
      peer,
      peer_s: peerS && round(peerS),
      ratio,
      target,
      true_found: found,
      peer_true_found: peerFound,
    }),
  );
}

function trueFound(matches: SkyMatches | undefined): number {
  let found = 0;
  matches?.a.forEach((row, i) => {
    if (row === matches.b[i] && row < TRUE) found++;
  });
  return found;
}

async function median(work: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const start = performance.now();
    await work();
    times.push((performance.now() - start) / 1000);
  }
  return times.toSorted((p, q) => p - q)[ROUNDS >> 1] ?? Number.NaN;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
