/**
 * Writes stamps of detections with what the simulator planted there.
 *
 * node science/differencing/training/make-data.ts OUT SURVEY...
 *
 * A survey is a folder of `almagest demo`. For each, OUT/<name>.f32 holds the stamps, [n, 4, 21, 21] little-endian, and OUT/<name>.json one
 * row a detection and the count of planted changes.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { bytesSource, openFits } from '@almagest/fits';
import { type MaskedImage, readExposure } from '@almagest/image';
import { getColumn, readParquet, type Table } from '@almagest/table';
import { cutStamps, STAMP_SIDE } from '../src/reliability/cut-stamps.ts';

interface Planted {
  readonly kind: string;
  readonly ra: number;
  readonly dec: number;
  readonly x: number;
  readonly y: number;
  /** Flux less that in the template [nJy]. */
  readonly flux: number;
}

interface Row {
  readonly visit: string;
  readonly detector: number;
  readonly snr: number;
  /** 1 a planted change, 0 none, -1 near one that is too faint or of the other sign, 2 no detection but a galaxy that does not change. */
  readonly label: number;
  readonly kind: string;
  /** Signal to noise of the planted change. */
  readonly trueSnr: number;
}

const CHANGING = ['variable', 'agn', 'transient', 'asteroid'];
const RADIUS_ARCSEC = 0.5;
const SNR_LABEL = 3;
const SNR_PLANTED = 7;
/** Faintest galaxy in which changes are planted, and how far other changes must be [pixel]. */
const HOST_MAG = 21.5;
const HOST_ALONE = 15;
const SIDE = STAMP_SIDE;
const DEGREE = Math.PI / 180;

const columns = new WeakMap<Table, Map<string, readonly unknown[]>>();

const [out = 'reliability-data', ...surveys] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
for (const survey of surveys) await convert(survey);

async function convert(survey: string): Promise<void> {
  const files = readdirSync(join(survey, 'repo'), { recursive: true, encoding: 'utf8' }).filter((path) => /\.(fits|parq)$/.test(path));
  const fileOf = (type: string, visit: string, detector: number): string | undefined => {
    // The last run that made it.
    const path = files
      .filter((file) => new RegExp(`/${type}_.*_${visit}_${detector}_[^/]*$`).test(file))
      .toSorted()
      .at(-1);
    return path === undefined ? undefined : join(survey, 'repo', path);
  };
  const truth = await table(join(survey, 'simulated/truth/sources.parquet'));
  const exposures = await table(join(survey, 'simulated/truth/exposures.parquet'));
  const bands = new Map(text(exposures, 'exposureId').map((visit, row) => [visit, text(exposures, 'band')[row]]));
  const firstNight = Math.min(...numbers(exposures, 'dayObs'));
  const templates = text(exposures, 'exposureId').filter(
    (_, row) => numbers(exposures, 'dayObs')[row] === firstNight && text(exposures, 'type')[row] === 'science',
  );
  const rows: Row[] = [];
  const stamps: Float32Array[] = [];
  let planted = 0;
  let found = 0;
  for (const path of files.filter((file) => file.includes('/dia_detections_')).toSorted()) {
    const [, visit = '', detectorText = ''] = /_(\d{13})_(\d+)_/.exec(basename(path)) ?? [];
    const detector = Number(detectorText);
    const of = (type: string): Promise<MaskedImage> => masked(fileOf(type, visit, detector));
    const [science, template, difference] = [await of('visit_image'), await of('template_detector'), await of('difference_image')];
    const detections = await table(join(survey, 'repo', path));
    const changes = changesOf(truth, {
      visit,
      detector,
      templates: templates.filter((each) => bands.get(each) === bands.get(visit)),
    });
    const errors = numbers(detections, 'psfFluxErr')
      .filter(Number.isFinite)
      .toSorted((a, b) => a - b);
    const noise = errors[errors.length >> 1];
    const matched = new Set<Planted>();
    for (let row = 0; row < detections.nrows; row++) {
      const [x, y] = [numbers(detections, 'x')[row], numbers(detections, 'y')[row]];
      const sign = numbers(detections, 'isNegative')[row] === 1 ? -1 : 1;
      const near = nearest(changes, numbers(detections, 'ra')[row], numbers(detections, 'dec')[row]);
      const trueSnr = near ? Math.abs(near.flux) / noise : 0;
      const real = near !== undefined && trueSnr >= SNR_LABEL && near.flux * sign > 0;
      if (real) matched.add(near);
      const label = real ? 1 : near ? -1 : 0;
      rows.push({ visit, detector, snr: numbers(detections, 'snr')[row], label, kind: near?.kind ?? '', trueSnr });
      stamps.push(cutStamps({ science, template, difference }, x, y));
    }
    const { image } = difference;
    for (const { x, y } of galaxiesOf(truth, { visit, detector, changes })) {
      const stamp = cutStamps({ science, template, difference }, x, y);
      if (!Number.isFinite(stamp[2 * SIDE * SIDE + (SIDE * SIDE - 1) / 2])) continue;
      rows.push({ visit, detector, snr: 0, label: 2, kind: 'host', trueSnr: 0 });
      stamps.push(stamp);
    }
    const bright = changes.filter(
      (each) =>
        Math.abs(each.flux) >= SNR_PLANTED * noise && Number.isFinite(image.data[Math.round(each.y) * image.stride + Math.round(each.x)]),
    );
    planted += bright.length;
    found += bright.filter((each) => matched.has(each)).length;
  }
  const name = basename(survey);
  const all = new Float32Array(stamps.reduce((sum, stamp) => sum + stamp.length, 0));
  stamps.forEach((stamp, n) => all.set(stamp, n * stamp.length));
  writeFileSync(join(out, `${name}.f32`), Buffer.from(all.buffer));
  writeFileSync(join(out, `${name}.json`), `${JSON.stringify({ planted, found, rows })}\n`);
  const count = (label: number): number => rows.filter((row) => row.label === label).length;
  console.log(
    `${name}: ${rows.length} detections: ${count(1)} real, ${count(0)} false, ${count(-1)} unclear; ${found} of ${planted} planted found`,
  );
}

/** Changes that were planted in an exposure of a detector. */
function changesOf(
  truth: Table,
  where: { readonly visit: string; readonly detector: number; readonly templates: readonly string[] },
): Planted[] {
  const [visit, id, kind] = [text(truth, 'exposureId'), text(truth, 'id'), text(truth, 'kind')];
  const [ra, dec, x, y] = [numbers(truth, 'ra'), numbers(truth, 'dec'), numbers(truth, 'x'), numbers(truth, 'y')];
  const [mag, drawn, detector] = [numbers(truth, 'mag'), numbers(truth, 'drawnFraction'), numbers(truth, 'detector')];
  const flux = (row: number): number => 10 ** ((31.4 - mag[row]) / 2.5);
  const before = new Map<string, number[]>();
  visit.forEach((each, row) => {
    if (CHANGING.includes(kind[row]) && where.templates.includes(each)) before.set(id[row], [...(before.get(id[row]) ?? []), flux(row)]);
  });
  const inTemplate = (row: number): number => {
    const list = before.get(id[row]);
    if (!list || kind[row] === 'asteroid') return 0;
    return list.reduce((a, b) => a + b, 0) / (kind[row] === 'transient' ? where.templates.length : list.length);
  };
  return visit.flatMap((each, row) => {
    const here = each === where.visit && detector[row] === where.detector && CHANGING.includes(kind[row]) && drawn[row] >= 0.5;
    return here ? [{ kind: kind[row], ra: ra[row], dec: dec[row], x: x[row], y: y[row], flux: flux(row) - inTemplate(row) }] : [];
  });
}

/** Bright galaxies without a change near them: the training plants changes in their middles. */
function galaxiesOf(
  truth: Table,
  where: { readonly visit: string; readonly detector: number; readonly changes: readonly Planted[] },
): { x: number; y: number }[] {
  const [visit, kind] = [text(truth, 'exposureId'), text(truth, 'kind')];
  const [x, y, mag] = [numbers(truth, 'x'), numbers(truth, 'y'), numbers(truth, 'mag')];
  const [drawn, detector] = [numbers(truth, 'drawnFraction'), numbers(truth, 'detector')];
  return visit.flatMap((each, row) => {
    const here = each === where.visit && detector[row] === where.detector && kind[row] === 'galaxy' && drawn[row] > 0.9;
    if (!here || mag[row] >= HOST_MAG) return [];
    return where.changes.some((change) => Math.hypot(change.x - x[row], change.y - y[row]) < HOST_ALONE) ? [] : [{ x: x[row], y: y[row] }];
  });
}

function nearest(changes: readonly Planted[], ra: number, dec: number): Planted | undefined {
  let best: Planted | undefined;
  let least = RADIUS_ARCSEC;
  for (const change of changes) {
    const distance = 3600 * Math.hypot((change.ra - ra) * Math.cos(dec * DEGREE), change.dec - dec);
    if (distance < least) [best, least] = [change, distance];
  }
  return best;
}

async function masked(path: string | undefined): Promise<MaskedImage> {
  if (path === undefined) throw new Error('a detection table has no images beside it');
  return (await readExposure(await openFits(bytesSource(readFileSync(path))))).maskedImage;
}

async function table(path: string): Promise<Table> {
  return readParquet(bytesSource(readFileSync(path)));
}

function cells<T>(of: Table, name: string, type: string, make: (value: unknown) => T): readonly T[] {
  const known = columns.get(of) ?? new Map<string, readonly unknown[]>();
  columns.set(of, known);
  const key = `${type} ${name}`;
  if (!known.has(key)) known.set(key, Array.from(getColumn(of, name).data as ArrayLike<unknown>, make));
  return known.get(key) as readonly T[];
}

function numbers(of: Table, name: string): readonly number[] {
  return cells(of, name, 'number', Number);
}

function text(of: Table, name: string): readonly string[] {
  return cells(of, name, 'text', String);
}
