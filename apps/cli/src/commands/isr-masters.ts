import { join } from 'node:path';
import { buildMaster, type Master, type MasterFrame, type MasterKind, type MasterOptions } from '@almagest/calibration/masters';
import { Header, imageHdu, writeFits } from '@almagest/fits';
import { type Detector, loadCamera, type OpenRaw, openRaw } from '@almagest/instrument';
import { CalibrationMismatchError } from '@almagest/isr/reduce';
import { KernelArena } from '@almagest/kernels';
import { computeClippedStatistics } from '@almagest/numerics';
import { writeFileAtomic } from '@almagest/resources';
import type { Command } from 'commander';

interface MastersOptions {
  readonly bias?: readonly string[];
  readonly dark?: readonly string[];
  readonly flat?: readonly string[];
  readonly camera?: string;
  readonly detector?: string;
  readonly memory: string;
  readonly clip: string;
  readonly variance?: boolean;
  readonly json?: boolean;
}

export function registerMasters(isr: Command): void {
  isr
    .command('masters')
    .description('Combine raw bias, dark and flat frames of one detector to bias.fits, dark.fits and flat.fits in OUT.')
    .argument('<out>', 'folder')
    .option('--bias <files...>', 'bias frames')
    .option('--dark <files...>', 'darks; the bias is subtracted where there is one')
    .option('--flat <files...>', 'flats of one filter; bias and dark are subtracted where there are any')
    .option('--camera <name>', 'a camera that ships, a camera file, or "generic" (default: recognized, else generic)')
    .option('--detector <id>', 'number or name, where files hold several')
    .option('--clip <sigma>', 'values further than this from the median are left out', '3.5')
    .option('--memory <MB>', 'for the pixels of frames, whatever their number', '256')
    .option('--variance', 'write the variance of the mean too')
    .option('--json', 'one JSON line a product')
    .addHelpText(
      'after',
      `
The bias is in electrons, the dark in electrons a second, the flat has median 1; pixels that no frame has are NaN.
Memory does not grow with the number of frames.

Examples:
  almagest isr masters masters/ --bias bias_*.fits --dark dark_*.fits --flat flat_*.fits
  almagest isr reduce raw.fits out.fits --bias masters/bias.fits --dark masters/dark.fits --flat masters/flat.fits`,
    )
    .action(buildMasters);
}

async function buildMasters(out: string, options: MastersOptions): Promise<void> {
  const made: { bias?: Float32Array; dark?: Float32Array } = {};
  using arena = new KernelArena();
  let detector: Detector | undefined;
  for (const kind of ['bias', 'dark', 'flat'] as const) {
    const paths = options[kind] ?? [];
    if (paths.length === 0) continue;
    await using stack = new AsyncDisposableStack();
    const raws: OpenRaw[] = [];
    for (const path of paths) raws.push(stack.use(await openAnyRaw(path, options)));
    detector ??= raws[0]?.detector as Detector;
    const { width, height } = detector;
    for (const [k, raw] of raws.entries()) checkDetector(raw, detector, paths[k] ?? '');
    const frames = raws.map((raw, k): MasterFrame => ({ name: paths[k] ?? '', darkSec: darkSecOf(raw), readAmplifier: raw.readAmplifier }));
    const image = arena.float32(width * height, { cleared: false });
    const build: MasterOptions = {
      ...made,
      clipSigma: Number(options.clip),
      memoryBytes: Number(options.memory) * 1e6,
      target: { image, ...(options.variance === true ? { variance: arena.float32(width * height, { cleared: false }) } : {}) },
    };
    const master = await buildMaster(kind, frames, detector, build);
    if (kind !== 'flat') made[kind] = image;
    const path = join(out, `${kind}.fits`);
    await writeMaster(path, { kind, master, detector });
    report(path, { kind, master }, options.json === true);
  }
}

/** A raw of a known camera, or of any that follows the standard's keywords. */
export async function openAnyRaw(
  path: string,
  { camera, detector }: { readonly camera?: string; readonly detector?: string },
): Promise<OpenRaw> {
  const wanted = detector === undefined ? {} : { detector: /^\d+$/.test(detector) ? Number(detector) : detector };
  if (camera !== undefined) return openRaw(path, { ...wanted, cameras: [loadCamera(camera)], strict: camera !== 'generic' });
  try {
    return await openRaw(path, wanted);
  } catch (error) {
    if ((error as { code?: string }).code !== 'instrument.unknown-instrument') throw error;
    return openRaw(path, { ...wanted, cameras: [loadCamera('generic')], strict: false });
  }
}

/** Time in which dark current gathered [s]; null where the header does not say. */
export function darkSecOf({ info }: Pick<OpenRaw, 'info'>): number | null {
  if (typeof info.dark_time === 'number') return info.dark_time;
  return typeof info.exposure_time === 'number' ? info.exposure_time : null;
}

function checkDetector({ detector }: OpenRaw, first: Detector, path: string): void {
  if (detector.name === first.name && detector.width === first.width && detector.height === first.height) return;
  throw new CalibrationMismatchError(
    `${path} is of detector ${detector.name} (${detector.width} x ${detector.height}); the first frame is of ${first.name} (${first.width} x ${first.height})`,
    { details: { step: path, expected: first.name, found: detector.name } },
  );
}

interface MadeMaster {
  readonly kind: MasterKind;
  readonly master: Master;
}

const UNITS: Readonly<Record<MasterKind, string>> = { bias: 'electron', dark: 'electron/s', flat: '' };

async function writeMaster(path: string, { kind, master, detector }: MadeMaster & { readonly detector: Detector }): Promise<void> {
  const header = Header.of({ IMAGETYP: `master ${kind}`, DETECTOR: detector.name, NFRAMES: master.frames });
  if (UNITS[kind] !== '') header.set('BUNIT', UNITS[kind]);
  const shape = [detector.height, detector.width];
  const hdus = [imageHdu({ data: master.image, shape, header })];
  if (master.variance) hdus.push(imageHdu({ data: master.variance, shape, name: 'VARIANCE' }));
  await writeFileAtomic(path, writeFits(hdus, { reuse: true }), { durable: false });
}

function report(path: string, { kind, master }: MadeMaster, json: boolean): void {
  const step = Math.max(1, Math.floor(master.image.length / 100_000)) | 1;
  const sample: number[] = [];
  for (let i = 0; i < master.image.length; i += step) sample.push(master.image[i] as number);
  const { median: level, sigma: scatter } = computeClippedStatistics(sample);
  const line = { product: kind, path, frames: master.frames, level, scatter, missing: master.missing };
  if (json) console.log(JSON.stringify(line));
  else
    console.log(
      `${path}: ${master.frames} frames, level ${level.toPrecision(4)}, scatter ${scatter.toPrecision(3)}${master.missing > 0 ? `, ${master.missing} pixels without a value` : ''}`,
    );
}
