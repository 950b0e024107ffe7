import { join } from 'node:path';
import { bytesSource, openFits } from '@almagest/fits';
import { anonymousAuthenticator } from '@almagest/auth';
import { findImageHdu, readExposure, readPlacedImage } from '@almagest/image';
import { getColumn, parseVotable, parseVotableTable, tablesOf } from '@almagest/table';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ImageRecord, registerImages } from '../src/index.ts';
import { CENTER, makeSampleRepository, SCALE, SIDE, TRANSIENT, sampleWcs, type SampleRepository } from './sample-repository.ts';

let repository: SampleRepository;
let app: FastifyInstance;
let images: readonly ImageRecord[];
beforeAll(async () => {
  repository = await makeSampleRepository();
  app = Fastify();
  await registerImages(app, {
    butler: repository.butler,
    authenticate: anonymousAuthenticator(['read:image']),
    jobFolder: join(repository.folder, 'jobs'),
  });
  images = (await app.inject('/api/images')).json<{ images: ImageRecord[] }>().images;
});
afterAll(async () => {
  await app.close();
  await repository[Symbol.asyncDispose]();
});

const find = (type: string, visit: number): ImageRecord => images.find((each) => each.type === type && each.dataId['visit'] === visit)!;
const exposureOf = async (bytes: Uint8Array) => await readExposure(await openFits(bytesSource(bytes)));

test('lists images with data ID, band, time and footprint, newest first', () => {
  expect(images).toHaveLength(6);
  expect(images.map((each) => each.dataId['visit'])).toEqual([2, 2, 2, 1, 1, 1]);
  const image = find('calexp', 2);
  expect(image).toMatchObject({ band: 'r', width: SIDE, height: SIDE, instrument: 'SimCam', exposureSec: 30, calibLevel: 2 });
  expect(image.ra).toBeCloseTo(CENTER.ra, 3);
  expect(image.pixelScaleArcsec).toBeCloseTo(0.3, 4);
  expect(image.footprint).toHaveLength(4);
  expect(image.footprint[0]![1]).toBeCloseTo(CENTER.dec - (SIDE / 2) * SCALE, 3);
});

test('a cutout has the pixels, mask, variance and sky of its parent', async () => {
  const image = find('calexp', 2);
  const whole = await exposureOf((await app.inject(`/api/images/${image.id}/fits`)).rawPayload);
  const sky = sampleWcs().pixelToSky(TRANSIENT.x, TRANSIENT.y);
  const [ra, dec] = [(sky.ra * 180) / Math.PI, (sky.dec * 180) / Math.PI];
  const reply = await app.inject(`/api/images/${image.id}/cutout?ra=${ra}&dec=${dec}&size=41`);
  expect(reply.headers['content-type']).toBe('application/fits');
  const cut = await exposureOf(reply.rawPayload);
  const { image: pixels, mask, variance } = cut.maskedImage;
  expect([pixels.width, pixels.height, pixels.x0, pixels.y0]).toEqual([41, 41, 382, 197]);
  for (const [x, y] of [
    [390, 200],
    [402, 217],
  ] as const) {
    const at = (y - pixels.y0) * pixels.stride + x - pixels.x0;
    expect(pixels.data[at]).toBe(whole.maskedImage.image.data[y * SIDE + x]);
    expect(mask.data[at]).toBe(whole.maskedImage.mask.data[y * SIDE + x]);
    expect(variance.data[at]).toBe(36);
  }
  const back = cut.wcs!.skyToPixel(sky.ra, sky.dec);
  expect(back.x).toBeCloseTo(TRANSIENT.x, 6);
});

test('a circle of SODA leaves NaN and NO_DATA outside of it', async () => {
  const image = find('calexp', 1);
  const radius = 20 * SCALE;
  const reply = await app.inject(`/soda/sync?ID=ivo://almagest.local/images?${image.id}&CIRCLE=${CENTER.ra}+${CENTER.dec}+${radius}`);
  expect(reply.statusCode).toBe(200);
  const { image: pixels, mask } = (await exposureOf(reply.rawPayload)).maskedImage;
  expect(Math.abs(pixels.width - 41)).toBeLessThanOrEqual(1);
  const kept = pixels.data.filter((value) => !Number.isNaN(value)).length;
  expect(Math.abs(kept / (Math.PI * 400) - 1)).toBeLessThan(0.02);
  expect(Number.isNaN(pixels.data[0])).toBe(true);
  expect(mask.data[0]! & (1 << mask.planes['NO_DATA']!)).not.toBe(0);
});

test('polygons run either way round, and a range is a box', async () => {
  const { id } = find('calexp', 1);
  const d = 30 * SCALE;
  const [w, e, s, n] = [CENTER.ra - d, CENTER.ra + d, CENTER.dec - d, CENTER.dec + d];
  const clock = await app.inject(`/soda/sync?ID=${id}&POS=POLYGON ${w} ${s} ${w} ${n} ${e} ${n} ${e} ${s}`);
  const counter = await app.inject(`/soda/sync?ID=${id}&POS=POLYGON ${w} ${s} ${e} ${s} ${e} ${n} ${w} ${n}`);
  expect(clock.statusCode).toBe(200);
  expect(clock.rawPayload.equals(counter.rawPayload)).toBe(true);
  expect((await app.inject(`/soda/sync?ID=${id}&POS=RANGE ${w} ${e} ${s} ${n}`)).statusCode).toBe(200);
  expect((await app.inject(`/soda/sync?ID=${id}&CIRCLE=10 -20 0.1`)).statusCode).toBe(204);
});

test('previews are PNG of the size asked for', async () => {
  const reply = await app.inject(`/api/images/${find('difference_image', 2).id}/preview.png?size=300&stretch=linear`);
  expect(reply.headers['content-type']).toBe('image/png');
  expect([reply.rawPayload.readUInt32BE(16), reply.rawPayload.readUInt32BE(20)]).toEqual([300, 300]);
});

test('ranges of bytes of a file are served', async () => {
  const url = `/api/images/${find('calexp', 1).id}/fits`;
  const whole = (await app.inject(url)).rawPayload;
  const part = await app.inject({ url, headers: { range: 'bytes=2880-3199' } });
  expect(part.statusCode).toBe(206);
  expect(part.headers['content-range']).toBe(`bytes 2880-3199/${whole.length}`);
  expect(part.rawPayload.equals(whole.subarray(2880, 3200))).toBe(true);
  expect((await app.inject({ url, headers: { range: 'bytes=-100' } })).rawPayload.equals(whole.subarray(-100))).toBe(true);
  expect((await app.inject({ url, headers: { range: `bytes=${whole.length}-` } })).statusCode).toBe(416);
  const { image } = await readPlacedImage(await findImageHdu(await openFits(bytesSource(whole))));
  expect(image.width).toBe(SIDE);
});

test('SIA finds by place, time and band, and marks an overflow', async () => {
  const count = async (query: string): Promise<number> => parseVotableTable((await app.inject(`/sia/query?${query}`)).rawPayload).nrows;
  expect(await count(`POS=CIRCLE ${CENTER.ra} ${CENTER.dec} 0.01`)).toBe(6);
  expect(await count('POS=CIRCLE 10 10 0.1')).toBe(0);
  expect(await count(`POS=RANGE ${CENTER.ra - 0.01} ${CENTER.ra + 0.01} -5 5&CALIB=2`)).toBe(2);
  expect(await count('BAND=4.5e-7')).toBe(3);
  const { beginMjdTai } = find('calexp', 2);
  expect(await count(`TIME=${beginMjdTai} +Inf`)).toBe(3);
  const reply = await app.inject('/sia/query?MAXREC=2');
  expect(parseVotableTable(reply.rawPayload).nrows).toBe(2);
  expect(reply.body).toContain('OVERFLOW');
});

test('DataLink tells the file, a preview and cutouts, and what is not there', async () => {
  const { id, bytes } = find('calexp', 1);
  const reply = await app.inject(`/datalink/links?ID=ivo://almagest.local/images?${id}&ID=ivo://elsewhere/nothing`);
  const [table] = tablesOf(parseVotable(reply.rawPayload));
  expect([...getColumn(table!, 'semantics').data]).toEqual(['#this', '#preview', '#cutout', '#this']);
  expect(getColumn(table!, 'content_length').data[0]).toBe(BigInt(bytes));
  expect(getColumn(table!, 'error_message').data[3]).toContain('NotFoundFault');
  expect(reply.body).toContain('ivo://ivoa.net/std/SODA#sync-1.0');
});

test.each([
  ['/api/images/..%2F..%2Fetc%2Fpasswd/fits', 404, 'images.not-found'],
  ['/api/images/00000000-0000-0000-0000-000000000000', 404, 'images.not-found'],
  ['/api/images/ID/cutout?ra=abc&dec=1', 400, 'dali.parameter'],
  ['/api/images/ID/cutout?ra=10&dec=1', 400, 'images.cutout-outside'],
  ['/api/images/ID/cutout?ra=150.1&dec=2.2&size=100000', 400, 'dali.parameter'],
  ['/api/images/ID/preview.png?stretch=magic', 400, 'dali.parameter'],
  ['/soda/sync?ID=ID&CIRCLE=NaN 1 1', 400, 'dali.parameter'],
  ['/soda/sync?ID=ID&CIRCLE=1 1 1&POS=CIRCLE 1 1 1', 400, 'dali.parameter'],
  ['/soda/sync?ID=ID&POS=POLYGON 0 0 1 1 1 0 0 1', 400, 'dali.parameter'],
  ['/soda/sync', 400, 'dali.parameter'],
  ['/sia/query?POS=SQUARE 1 1 1', 400, 'dali.parameter'],
  ['/sia/query?TIME=5 1', 400, 'dali.parameter'],
  ['/sia/query?RESPONSEFORMAT=application/pdf', 400, 'dali.parameter'],
])('refuses %s', async (url, status, code) => {
  const reply = await app.inject(url.replace('ID/', `${find('calexp', 1).id}/`).replace('ID=ID', `ID=${find('calexp', 1).id}`));
  expect(reply.statusCode).toBe(status);
  expect(reply.body).toContain(code);
  expect(reply.body).not.toContain('almagest-images-');
});

const finished = async (location: string): Promise<string> => {
  for (let i = 0; i < 100; i++) {
    const job = (await app.inject(`${location}?WAIT=5`)).body;
    if (/<uws:phase>(COMPLETED|ERROR)</.test(job)) return job;
  }
  throw new Error('the job does not end');
};
const submit = async (pairs: readonly (readonly [string, string])[]): Promise<string> => {
  const reply = await app.inject({
    method: 'POST',
    url: '/soda/async',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams([...pairs.map(([name, value]) => [name, value] as [string, string]), ['PHASE', 'RUN']]).toString(),
  });
  expect(reply.statusCode).toBe(303);
  return new URL(String(reply.headers['location'])).pathname;
};

test('a job cuts every image of a list with every shape, and says of each what came of it', async () => {
  const ids = [find('calexp', 1).id, find('calexp', 2).id];
  const location = await submit([
    ...ids.map((id) => ['ID', id] as const),
    ['CIRCLE', `${CENTER.ra} ${CENTER.dec} 0.002`],
    ['POS', `RANGE ${CENTER.ra - 0.003} ${CENTER.ra + 0.003} ${CENTER.dec - 0.001} ${CENTER.dec + 0.001}`],
    ['CIRCLE', '10 10 0.1'],
  ]);
  const job = await finished(location);
  expect(job).toContain('<uws:phase>COMPLETED<');
  const names = [...job.matchAll(/<uws:result id="([^"]+)"/g)].map(([, name]) => name!);
  expect(names).toHaveLength(5);
  const summary = (await app.inject(`${location}/results/summary`)).body.trim().split('\n');
  expect(summary.map((line) => line.split('\t')[3])).toEqual(['ok', 'ok', 'outside', 'outside', 'ok', 'ok']);
  const cut = await exposureOf((await app.inject(`${location}/results/${names[0]}`)).rawPayload);
  expect(cut.maskedImage.image.width).toBeGreaterThan(40);
  expect((await app.inject(`${location}/results/..%2fjob.json`)).statusCode).toBe(404);
});

test('without a list a job takes what the shape touches; mistakes make it fail with a reason', async () => {
  const location = await submit([
    ['TYPE', 'calexp'],
    ['CIRCLE', `${CENTER.ra} ${CENTER.dec} 0.001`],
  ]);
  expect(await finished(location)).toContain('id="cutout-0002"');
  for (const pairs of [
    [['ID', find('calexp', 1).id]],
    [
      ['ID', 'none'],
      ['CIRCLE', '1 2 3'],
    ],
    [['CIRCLE', 'NaN NaN 1']],
  ] as const) {
    const failed = await finished(await submit(pairs as unknown as [string, string][]));
    expect(failed).toContain('<uws:phase>ERROR<');
  }
});

test('stamps of one position come from every epoch, oldest first, with their own sky', async () => {
  const sky = sampleWcs().pixelToSky(TRANSIENT.x, TRANSIENT.y);
  const [ra, dec] = [(sky.ra * 180) / Math.PI, (sky.dec * 180) / Math.PI];
  const reply = await app.inject(`/api/images/stamps?ra=${ra}&dec=${dec}&size=51&type=calexp`);
  const file = await openFits(bytesSource(reply.rawPayload));
  const hdus = (await file.hdus()).slice(1);
  expect(hdus).toHaveLength(2);
  const begins = hdus.map((hdu) => hdu.header.getNumber('MJD-BEG')!);
  expect(begins[0]).toBeLessThan(begins[1]!);
  const { image, wcs } = await readPlacedImage(hdus[1]!);
  const place = wcs!.skyToPixel(sky.ra, sky.dec);
  expect([place.x - image.x0, place.y - image.y0].every((at) => Math.abs(at - 25) <= 0.6)).toBe(true);
  const at = (which: number): number => image.data[which]!;
  expect(at(25 * image.stride + 25)).toBeGreaterThan(at(3 * image.stride + 3));
  expect((await app.inject('/api/images/stamps?ra=1&dec=1&type=calexp')).statusCode).toBe(400);
  expect((await app.inject('/api/images/stamps?ra=NaN&dec=1e999&type=calexp')).statusCode).toBe(400);
});

test.each([
  '/soda/sync?ID=http://127.0.0.1:9/x&CIRCLE=1 2 3',
  '/soda/sync?ID=file:///etc/passwd&CIRCLE=1 2 3',
  '/soda/sync?ID=../../../../etc/passwd&CIRCLE=1 2 3',
  '/soda/sync?ID=%00&CIRCLE=1 2 3',
  '/datalink/links?ID=ivo://almagest.local/images?../../etc/passwd',
  '/datalink/links?ID=http://169.254.169.254/latest',
  '/sia/query?POS=CIRCLE NaN 2 0.1',
  '/sia/query?POS=CIRCLE 1 2 Infinity',
  '/sia/query?POS=CIRCLE 1 91 1',
  `/sia/query?POS=POLYGON ${'1 2 '.repeat(5000)}`,
  '/sia/query?BAND=NaN NaN',
  '/sia/query?TIME=2 1',
  '/sia/query?RESPONSEFORMAT=http://127.0.0.1:9/',
  '/api/images/..%2f..%2fetc%2fpasswd/fits',
  '/api/images/%00/preview.png',
  '/api/images?limit=1e9',
])('%s is refused, or answered without a way out', async (url) => {
  const answer = await app.inject(encodeURI(url).replaceAll('%25', '%'));
  const isRefused = answer.statusCode >= 400 && answer.statusCode < 500;
  expect(isRefused || answer.body.includes('NotFoundFault')).toBe(true);
  expect(answer.body).not.toMatch(/root:|ECONNREFUSED|\/tmp\//);
});
