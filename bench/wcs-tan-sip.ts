/**
 * 10 million pixels to sky through TAN-SIP, and back, against wcslib: its library where the C compiler and headers are
 * installed, else through astropy. Prints one JSON line a task.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWcs } from '@almagest/wcs';

const COUNT = 10_000_000;
const ROUNDS = 3;
const CARDS: Readonly<Record<string, string | number>> = {
  CTYPE1: 'RA---TAN-SIP',
  CTYPE2: 'DEC--TAN-SIP',
  CRPIX1: 2048.5,
  CRPIX2: 2048.5,
  CRVAL1: 150.1,
  CRVAL2: 2.2,
  CD1_1: -5.5e-5,
  CD1_2: 1e-6,
  CD2_1: 1e-6,
  CD2_2: 5.5e-5,
  A_ORDER: 3,
  A_2_0: 1e-6,
  A_1_1: -2e-6,
  A_0_2: 5e-7,
  A_3_0: 1e-10,
  A_1_2: 2e-10,
  B_ORDER: 3,
  B_2_0: -1e-6,
  B_1_1: 1e-6,
  B_0_2: 3e-7,
  B_2_1: 1e-10,
  B_0_3: -2e-10,
};

/** Times wcsp2s and wcss2p of wcslib on the same header. */
const C_PROGRAM = `
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <wcslib/wcs.h>
#include <wcslib/wcshdr.h>
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + 1e-9 * t.tv_nsec; }
int main(int argc, char **argv) {
  int nkey = atoi(argv[2]), nreject, nwcs, n = 10000000;
  char *text = malloc(80 * nkey + 1);
  FILE *f = fopen(argv[1], "r");
  if (!f || fread(text, 80, nkey, f) != (size_t)nkey) return 1;
  text[80 * nkey] = 0;
  struct wcsprm *wcs;
  if (wcspih(text, nkey, WCSHDR_all, 0, &nreject, &nwcs, &wcs) || nwcs < 1 || wcsset(wcs)) return 1;
  double *pix = malloc(16L * n), *img = malloc(16L * n), *world = malloc(16L * n), *phi = malloc(8L * n), *theta = malloc(8L * n);
  int *stat = malloc(4L * n);
  unsigned seed = 1;
  for (long i = 0; i < 2L * n; i++) { seed = seed * 1664525u + 1013904223u; pix[i] = seed / 4294967296.0 * 4096 + 1; }
  double sky = 1e9, back = 1e9;
  for (int k = 0; k < 3; k++) {
    double t = now();
    if (wcsp2s(wcs, n, 2, pix, img, phi, theta, world, stat)) return 1;
    if (now() - t < sky) sky = now() - t;
  }
  int m = n / 10;
  for (int k = 0; k < 2; k++) {
    double t = now();
    if (wcss2p(wcs, m, 2, world, phi, theta, img, pix, stat)) return 1;
    if (10 * (now() - t) < back) back = 10 * (now() - t);
  }
  printf("{\\"toSky\\": %.6f, \\"toPixel\\": %.6f}\\n", sky, back);
  return 0;
}
`;

const x = new Float64Array(COUNT);
const y = new Float64Array(COUNT);
// A fixed linear congruence spreads the points over the image in no order that a cache could like.
for (let i = 0, seed = 1; i < COUNT; i++) {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  x[i] = (seed / 4294967296) * 4096;
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  y[i] = (seed / 4294967296) * 4096;
}

const wcs = readWcs({ get: (keyword) => CARDS[keyword] });
const ra = new Float64Array(COUNT);
const dec = new Float64Array(COUNT);
const back = { x: new Float64Array(COUNT / 10), y: new Float64Array(COUNT / 10) };
const toSky = best(() => wcs.pixelToSkyArray(x, y, ra, dec));
const tenth = { ra: ra.subarray(0, COUNT / 10), dec: dec.subarray(0, COUNT / 10) };
const toPixel = 10 * best(() => wcs.skyToPixelArray(tenth.ra, tenth.dec, back.x, back.y));
let worst = 0;
for (let i = 0; i < COUNT / 10; i++) worst = Math.max(worst, Math.hypot((back.x[i] ?? 0) - (x[i] ?? 0), (back.y[i] ?? 0) - (y[i] ?? 0)));

const peer = runWcslib() ?? runAstropy();
report('wcs-tan-sip-pixel-to-sky-10M', toSky, peer?.toSky, 1);
report('wcs-tan-sip-sky-to-pixel-10M', toPixel, peer?.toPixel, undefined);
console.log(JSON.stringify({ bench: 'wcs-tan-sip-round-trip', worst_pixel: worst, target: 'worst_pixel 1e-7' }));

function best(work: () => void): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (let k = 0; k < ROUNDS; k++) {
    const start = performance.now();
    work();
    shortest = Math.min(shortest, (performance.now() - start) / 1000);
  }
  return shortest;
}

function report(bench: string, ours: number, theirs: number | undefined, target: number | undefined): void {
  const name = peer?.name ?? 'none: neither wcslib nor astropy is installed';
  console.log(
    JSON.stringify({
      bench,
      ours_s: round(ours),
      peer: name,
      peer_s: theirs && round(theirs),
      ratio: theirs && round(ours / theirs),
      target,
    }),
  );
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

interface Peer {
  readonly name: string;
  readonly toSky: number;
  readonly toPixel?: number;
}

function runWcslib(): Peer | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'almagest-wcs-'));
  try {
    const header = Object.entries(CARDS).map(([k, v]) => `${k.padEnd(8)}= ${typeof v === 'string' ? `'${v}'` : String(v)}`.padEnd(80));
    writeFileSync(join(folder, 'header.txt'), `${header.join('')}${'END'.padEnd(80)}`);
    writeFileSync(join(folder, 'time.c'), C_PROGRAM);
    execFileSync('cc', ['-O2', '-o', join(folder, 'time'), join(folder, 'time.c'), '-lwcs', '-lm'], { stdio: 'ignore' });
    const out = execFileSync(join(folder, 'time'), [join(folder, 'header.txt'), String(header.length + 1)], { encoding: 'utf8' });
    return { name: 'wcslib', ...(JSON.parse(out) as { toSky: number; toPixel: number }) };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runAstropy(): Peer | undefined {
  const program = `
import json, sys, time, numpy as np
from astropy.io import fits
from astropy.wcs import WCS
h = fits.Header(); h.update(json.loads(sys.argv[1]))
w = WCS(h); p = np.random.default_rng(1).uniform(0, 4096, (${COUNT}, 2))
best = 1e9
for _ in range(2):
    t = time.perf_counter(); w.all_pix2world(p, 0); best = min(best, time.perf_counter() - t)
print(best)`;
  try {
    return {
      name: 'astropy',
      toSky: Number(execFileSync('/usr/bin/python3', ['-c', program, JSON.stringify(CARDS)], { encoding: 'utf8' })),
    };
  } catch {
    return undefined;
  }
}
