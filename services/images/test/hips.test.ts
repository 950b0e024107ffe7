import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anonymousAuthenticator } from '@almagest/auth';
import { bytesSource, openFits, readImage } from '@almagest/fits';
import { readPlace } from '@almagest/image';
import { lonLatToNest } from '@almagest/sphere';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  buildColourHips,
  buildHips,
  hipsPixelScale,
  HipsInputError,
  hipsTilePath,
  orderOfScale,
  registerHips,
  verifyHips,
} from '../src/index.ts';
import { writeSampleImage } from './sample-sky.ts';

const folder = mkdtempSync(join(tmpdir(), 'almagest-hips-'));
const hips = join(folder, 'hips');
const now = new Date('2026-11-20T12:00:00Z');
const making = (name: string) => ({
  folder: join(hips, name),
  creatorDid: `ivo://almagest.local/hips/${name}`,
  title: `Sample ${name}`,
  now,
});
let paths: readonly string[];
let app: FastifyInstance;
beforeAll(async () => {
  // At the pole and across a corner of base pixels, where a wrong map would show.
  paths = [await writeSampleImage(folder, 'a', { ra: 44, dec: 41.8 }), await writeSampleImage(folder, 'b', { ra: 46, dec: 41.8 })];
  await buildHips({ ...making('g'), paths, order: 3, threads: 1 });
  await buildHips({ ...making('r'), paths, order: 3, threads: 2, formats: ['png', 'jpeg'] });
  await buildColourHips({ ...making('colour'), bands: [join(hips, 'r'), join(hips, 'g')], threads: 1 });
  app = Fastify();
  await registerHips(app, { folder: hips, authenticate: anonymousAuthenticator(['read:image']) });
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

const tilesOf = (name: string, order: number): number[] =>
  readdirSync(join(hips, name, `Norder${order}/Dir0`)).flatMap((file) => (file.endsWith('.fits') ? [Number(/\d+/.exec(file)![0])] : []));
const openTile = async (name: string, order: number, pixel: number) =>
  (await openFits(bytesSource(readFileSync(join(hips, name, hipsTilePath({ order, pixel }, 'fits')))))).hdu(0);

test('each pixel of a tile has the value that the image has at its place on the sky', async () => {
  const source = await (await openFits(bytesSource(readFileSync(paths[0]!)))).hdu(0);
  const { wcs } = readPlace(source);
  const { data: pixels } = await readImage(source, { as: 'float32' });
  let compared = 0;
  for (const pixel of tilesOf('g', 3)) {
    const hdu = await openTile('g', 3, pixel);
    const place = readPlace(hdu).wcs!;
    const { data } = await readImage(hdu, { as: 'float32' });
    for (let k = 0; k < data.length; k += 97) {
      const [i, j] = [k % 512, Math.floor(k / 512)];
      const sky = place.pixelToSky(i, j);
      expect(lonLatToNest(3, sky.ra, sky.dec)).toBe(pixel);
      const at = wcs!.skyToPixel(sky.ra, sky.dec);
      // West of the second image, where the tile has the first alone.
      if (!(at.x > 100 && at.x < 150 && at.y > 25 && at.y < 150)) continue;
      const [x, y] = [Math.floor(at.x), Math.floor(at.y)];
      const [u, v] = [at.x - x, at.y - y];
      const value = (dx: number, dy: number): number => pixels[(y + dy) * 160 + x + dx] as number;
      const expected = (1 - v) * ((1 - u) * value(0, 0) + u * value(1, 0)) + v * ((1 - u) * value(0, 1) + u * value(1, 1));
      expect(data[k]).toBeCloseTo(expected, 3);
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(100);
});

test('a tile above has the means of the four below, and the whole is sound', async () => {
  const [parent] = tilesOf('g', 2);
  const above = (await readImage(await openTile('g', 2, parent!), { as: 'float32' })).data as Float32Array;
  const [child] = tilesOf('g', 3).filter((pixel) => Math.floor(pixel / 4) === parent);
  const below = (await readImage(await openTile('g', 3, child!), { as: 'float32' })).data as Float32Array;
  const [x0, y0] = [child! & 2 ? 256 : 0, child! & 1 ? 0 : 256];
  let seen = 0;
  for (let j = 0; j < 256; j += 5)
    for (let i = 0; i < 256; i += 5) {
      const four = [0, 1, 512, 513].map((step) => below[2 * j * 512 + 2 * i + step]!).filter((value) => !Number.isNaN(value));
      const mean = above[(y0 + j) * 512 + x0 + i]!;
      if (four.length === 0) expect(mean).toBeNaN();
      else if (++seen) expect(mean).toBeCloseTo(four.reduce((a, b) => a + b) / four.length, 4);
    }
  expect(seen).toBeGreaterThan(20);
  for (const name of ['g', 'r', 'colour']) expect((await verifyHips(join(hips, name))).issues).toEqual([]);
});

test('threads do not change a bit', () => {
  for (const pixel of tilesOf('g', 3)) {
    const path = hipsTilePath({ order: 3, pixel }, 'fits');
    expect(readFileSync(join(hips, 'r', path)).equals(readFileSync(join(hips, 'g', path)))).toBe(true);
  }
});

test('an interrupted run leaves the old HiPS in place and is taken up again', async () => {
  const target = making('again');
  await buildHips({ ...target, paths: paths.slice(0, 1), order: 3 });
  const before = readFileSync(join(target.folder, 'properties'), 'utf8');
  const controller = new AbortController();
  const broken = buildHips({
    ...target,
    paths,
    order: 3,
    signal: controller.signal,
    onProgress: ({ done }) => {
      if (done === 2) controller.abort(new Error('stopped'));
    },
  });
  await expect(broken).rejects.toThrow('stopped');
  expect(readFileSync(join(target.folder, 'properties'), 'utf8')).toBe(before);
  const { resumed } = await buildHips({ ...target, paths, order: 3 });
  expect(resumed).toBe(2);
  const path = hipsTilePath({ order: 3, pixel: tilesOf('g', 3)[0]! }, 'fits');
  expect(readFileSync(join(target.folder, path)).equals(readFileSync(join(hips, 'g', path)))).toBe(true);
  expect(readdirSync(hips).filter((name) => name.startsWith('.'))).toEqual([]);
  rmSync(target.folder, { recursive: true });
});

test('refuses images without a place, orders out of range and bands that do not fit', async () => {
  const nowhere = join(folder, 'nowhere.fits');
  writeFileSync(nowhere, readFileSync(paths[0]!).toString('latin1').replaceAll('CTYPE', 'XTYPE'), 'latin1');
  await expect(buildHips({ ...making('x'), paths: [nowhere] })).rejects.toBeInstanceOf(HipsInputError);
  await expect(buildHips({ ...making('x'), paths, order: 2 })).rejects.toBeInstanceOf(HipsInputError);
  await expect(buildColourHips({ ...making('x'), bands: [join(hips, 'g')] })).rejects.toBeInstanceOf(HipsInputError);
  expect(existsSync(join(hips, 'x'))).toBe(false);
  expect(hipsPixelScale(orderOfScale(0.2 / 3600)) * 3600).toBeCloseTo(0.2013, 3);
});

test('serves tiles, properties and the list; a path leads nowhere else', async () => {
  const [pixel] = tilesOf('g', 3);
  const tile = await app.inject(`/hips/g/${hipsTilePath({ order: 3, pixel: pixel! }, 'fits')}`);
  expect([tile.statusCode, tile.headers['content-type'], tile.headers['access-control-allow-origin']]).toEqual([
    200,
    'application/fits',
    '*',
  ]);
  const again = await app.inject({ url: `/hips/g/Norder3/Allsky.png`, headers: {} });
  expect([...again.rawPayload.subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
  expect(
    (await app.inject({ url: '/hips/g/Norder3/Allsky.png', headers: { 'if-none-match': again.headers['etag'] as string } })).statusCode,
  ).toBe(304);
  const main = await app.inject('/hips/properties');
  expect(main.body).toContain('hips_service_url     = http://localhost:80/hips/colour');
  expect((await app.inject(`/hips/${hipsTilePath({ order: 3, pixel: pixel! }, 'png')}`)).statusCode).toBe(200);
  const list = (await app.inject('/hips/list')).body;
  expect(list.match(/^creator_did/gm)).toHaveLength(3);
  for (const path of [
    'g/../../a.fits',
    'g/%2e%2e/%2e%2e/a.fits',
    '..%2fa.fits',
    'g/Norder3/Dir0/..',
    'nothing/properties',
    'g/Norder3/Dir0/Npix99999.fits',
    '%00',
    'g//etc/passwd',
  ]) {
    const answer = await app.inject(`/hips/${path}`);
    expect([path, answer.statusCode]).toEqual([path, 404]);
    expect(answer.body).not.toContain(folder);
  }
});
