/**
 * 10 million positions to HEALPix pixels of order 12, nested and ring, and discs of 0.2 degree at order 12, against healpy.
 * Prints one JSON line a task: medians of processor time, both on one thread.
 */
import { spawnSync } from 'node:child_process';
import { circleDeg, healpixEnvelope, lonLatToNestColumn, lonLatToRingColumn } from '@almagest/sphere';

const COUNT = 10_000_000;
const DISCS = 2000;
const ROUNDS = 5;
const ORDER = 12;

/** healpy takes colatitude and longitude; the input is made before its clock starts. */
const PEER = `
import json, time
import healpy as hp, numpy as np
r = np.random.default_rng(1)
th, ph = np.arccos(1 - 2 * r.random(${COUNT})), 2 * np.pi * r.random(${COUNT})
v = r.standard_normal((${DISCS}, 3))
def best(f):
    out = []
    for _ in range(${ROUNDS}):
        t = time.process_time(); f(); out.append(time.process_time() - t)
    return sorted(out)[len(out) // 2]
print(json.dumps(dict(nest=best(lambda: hp.ang2pix(4096, th, ph, nest=True)), ring=best(lambda: hp.ang2pix(4096, th, ph)),
    disc=best(lambda: [hp.query_disc(4096, x, np.radians(.2), inclusive=True, fact=16, nest=True) for x in v]))))
`;

const lon = new Float64Array(COUNT);
const lat = new Float64Array(COUNT);
const next = generator(1);
for (let i = 0; i < COUNT; i++) {
  lat[i] = Math.asin(2 * next() - 1);
  lon[i] = 2 * Math.PI * next();
}
const out = new Float64Array(COUNT);
const discs = Array.from({ length: DISCS }, () => circleDeg(360 * next(), (Math.asin(2 * next() - 1) * 180) / Math.PI, 0.2));
const ours = {
  nest: median(() => lonLatToNestColumn(ORDER, lon, lat, out)),
  ring: median(() => lonLatToRingColumn(ORDER, lon, lat, out)),
  disc: median(() => discs.map((disc) => healpixEnvelope(ORDER, disc))),
};
const run = spawnSync('/usr/bin/python3', ['-c', PEER], { encoding: 'utf8' });
if (run.status !== 0) console.log(JSON.stringify({ bench: 'sphere-healpix', skipped: 'healpy is not installed (python3-healpy)' }));
const peer = run.status === 0 ? (JSON.parse(run.stdout) as Record<string, number>) : {};
for (const [task, name, target] of [
  ['nest', '10 million ang2pix, nested, order 12', 1],
  ['ring', '10 million ang2pix, ring, order 12', 1],
  ['disc', `${DISCS} discs of 0.2 degree, order 12, inclusive`, undefined],
] as const) {
  const peerS = peer[task];
  const ratio = peerS === undefined ? undefined : round(ours[task] / peerS);
  console.log(
    JSON.stringify({ bench: `sphere: ${name}`, ours_s: round(ours[task]), peer: 'healpy', peer_s: peerS && round(peerS), ratio, target }),
  );
}

function median(work: () => unknown): number {
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / 1e6);
  }
  return times.toSorted((p, q) => p - q)[ROUNDS >> 1] ?? Number.NaN;
}

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
