/**
 * What the foundation does with pixels, sky and tables, as one function that runs in Node and in a page alike.
 *
 * It reads through blobs and range requests only and gives plain data, so that both runs can be compared.
 */
import {
  blobSource,
  type ByteSource,
  compressedImageHdu,
  FitsError,
  fitsBytes,
  httpSource,
  openFits,
  readImage,
  summarizePixels,
  verifyFits,
} from '@almagest/fits';
import {
  computeStatistics,
  encodePng,
  measureBackground,
  type Picture,
  readExposure,
  renderGray,
  subtractBackgroundInPlace,
  warpImage,
} from '@almagest/image';
import { setKernelThreads } from '@almagest/kernels';
import {
  circleDeg,
  encodeRegionBase64,
  formatMoc,
  intersectMocs,
  lonLatDeg,
  lonLatToNest64,
  lonLatToRing,
  matchSky,
  mocFromRegion,
  relate,
  boxDeg,
} from '@almagest/sphere';
import { parseVotableTable, type Table, writeCsv, writeEcsv, writeVotable } from '@almagest/table';
import { computePixelScale, readWcs, type SkyWcs } from '@almagest/wcs';

export interface ExerciseInput {
  /** A FITS file: an image with a WCS and a Rice-compressed one named PACKED. */
  readonly fits: Uint8Array;
  /** Where a server has the same file. */
  readonly url: string;
  readonly votable: Uint8Array;
  readonly threads: number;
}

export interface ExerciseResult {
  /** Exact: text, whole numbers, digests. */
  readonly exact: Readonly<Record<string, unknown>>;
  /** Numbers that pass through sines and cosines. */
  readonly close: Readonly<Record<string, readonly number[]>>;
  readonly picture: Picture;
  readonly png: Uint8Array;
}

export async function exercise(input: ExerciseInput): Promise<ExerciseResult> {
  setKernelThreads({ threads: input.threads });
  try {
    const near = blobSource(new Blob([input.fits as Uint8Array<ArrayBuffer>]));
    const far = await httpSource(input.url);
    const fits = await exerciseFits(near, far);
    const wcs = await exerciseWcs(near);
    const image = await exerciseImage(near);
    const { picture, png } = image;
    return {
      exact: { fits, sphere: exerciseSphere(), table: await exerciseTable(input.votable), picture: await digest(picture.data) },
      close: { ...wcs, image: image.numbers },
      picture,
      png,
    };
  } finally {
    setKernelThreads({ threads: 1 });
  }
}

async function exerciseFits(near: ByteSource, far: ByteSource): Promise<unknown> {
  const section = [
    [20, 52],
    [30, 94],
  ] as const;
  const images = [];
  for (const source of [near, far])
    for (const index of [0, 1]) {
      const hdu = await (await openFits(source)).hdu(index);
      images.push(summarizePixels((await readImage(hdu)).data), await digest((await readImage(hdu, { section })).data));
    }
  const hdu = await (await openFits(near)).hdu('PACKED');
  const { data, shape } = await readImage(hdu);
  const real = Float32Array.from(data as Int16Array);
  const written = await fitsBytes([await compressedImageHdu({ data: real, shape, codec: 'RICE_1' })], { checksum: true });
  const gzipped = new Uint8Array(
    await new Response(new Blob([written as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer(),
  );
  const again = await openFits(blobSource(new Blob([gzipped])));
  const cut = openFits(blobSource(new Blob([firstHalf(written)])));
  const refusal = await cut.then(async (file) => readImage(await file.hdu(1)).then(() => 'read', codeOf), codeOf);
  return {
    header: ['OBJECT', 'EXPTIME', 'CTYPE1'].map((keyword) => hdu.header.get(keyword)),
    images,
    size: far.size,
    written: await digest(written),
    problems: await verifyFits(again),
    unpacked: await digest((await readImage(await again.hdu(1))).data),
    refusal,
  };
}

function firstHalf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.slice(0, bytes.length >> 1) as Uint8Array<ArrayBuffer>;
}

function codeOf(error: unknown): string {
  if (error instanceof FitsError) return error.code;
  throw error;
}

async function openWcs(source: ByteSource): Promise<SkyWcs> {
  return readWcs((await (await openFits(source)).hdu(0)).header);
}

async function exerciseWcs(near: ByteSource): Promise<Record<string, number[]>> {
  const wcs = await openWcs(near);
  const sky: number[] = [];
  const pixels: number[] = [];
  for (let y = 0; y <= 160; y += 40)
    for (let x = 0; x <= 200; x += 40) {
      const { ra, dec } = wcs.pixelToSky(x, y);
      const back = wcs.skyToPixel(ra, dec);
      sky.push(ra, dec, computePixelScale(wcs, x, y));
      pixels.push(back.x - x, back.y - y);
    }
  return { sky, pixels };
}

function exerciseSphere(): unknown {
  const cone = circleDeg(83.6, 22, 1.5);
  const moc = intersectMocs(mocFromRegion(8, cone), mocFromRegion(8, boxDeg(83, 21, 90, 23)));
  const grid = (offset: number): { lon: Float64Array; lat: Float64Array } => ({
    lon: Float64Array.from({ length: 1000 }, (_unused, i) => ((i * 37.7) % 360) * (Math.PI / 180) + offset),
    lat: Float64Array.from({ length: 1000 }, (_unused, i) => ((i * 17.3) % 178) * (Math.PI / 180) - 1.55),
  });
  const matches = matchSky(grid(0), grid(1e-7), { radius: 5e-7 });
  const { lon, lat } = lonLatDeg(150.1163, 2.2058);
  return {
    moc: formatMoc(moc),
    region: encodeRegionBase64(cone),
    relation: relate(cone, boxDeg(80, 15, 90, 25)),
    nest: String(lonLatToNest64(29, lon, lat)),
    ring: lonLatToRing(12, lon, lat),
    matches: matches.a.length,
  };
}

async function exerciseTable(bytes: Uint8Array): Promise<unknown> {
  const table = parseVotableTable(bytes);
  const again = parseVotableTable(writeVotable(table, { format: 'BINARY2' }));
  const text = (one: Table): string => new TextDecoder().decode(writeCsv(one));
  return {
    columns: table.columns.map(({ name, datatype }) => `${name} ${datatype}`),
    csv: text(table),
    same: text(again) === text(table),
    ecsv: await digest(writeEcsv(table)),
  };
}

async function exerciseImage(near: ByteSource): Promise<{ numbers: number[]; picture: Picture; png: Uint8Array }> {
  const { maskedImage } = await readExposure(await openFits(near));
  const { image } = maskedImage;
  subtractBackgroundInPlace(image, measureBackground(image, { cellPixels: 32 }));
  const wcs = await openWcs(near);
  const warped = warpImage(image, wcs, { wcs, box: { x0: 10, y0: 20, width: 128, height: 96 } });
  const { mean, median, clippedStdev, max } = computeStatistics(image);
  const picture = renderGray(image, { stretch: 'asinh', limits: { black: -20, white: 500 } });
  return { numbers: [mean, median, clippedStdev, max, computeStatistics(warped).mean], picture, png: encodePng(picture) };
}

/** SHA-256 by the platform, of bytes in any kind of memory. */
async function digest(values: ArrayBufferView): Promise<string> {
  const bytes = new Uint8Array(values.byteLength);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
