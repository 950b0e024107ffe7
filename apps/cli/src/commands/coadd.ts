import { type Coadd, CoaddAccumulator, combineWarps, compareEpochs, type EpochArtifacts, makeWarp, type Warp } from '@almagest/coaddition';
import { openFits, writeFits } from '@almagest/fits';
import {
  createImage,
  createMask,
  createMaskedImage,
  evaluateNoiseVarianceInto,
  type Exposure,
  exposureHdus,
  exposureOf,
  findImageHdu,
  type Image,
  type Mask,
  type MaskedImage,
  measureBackground,
  type PixelBox,
  readExposure,
  readPlace,
  readPlacedImage,
  subtractBackgroundInPlace,
} from '@almagest/image';
import { setKernelThreads } from '@almagest/kernels';
import { openFile, writeFileAtomic } from '@almagest/resources';
import type { SkyWcs } from '@almagest/wcs';
import { type Command, Option } from 'commander';
import { ImageArgumentError } from '../image-arguments.ts';

interface CoaddArguments {
  readonly out: string;
  readonly like: string;
  readonly combine: 'mean' | 'compare';
  readonly kernel: 'lanczos3' | 'lanczos5' | 'bilinear';
  readonly weights: 'noise' | 'equal';
  readonly backgroundCell: string;
  readonly threads: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command('coadd')
    .description('Resample exposures onto one pixel grid and average them, weighted by their noise.')
    .argument('<file...>', 'FITS images with a WCS, on one flux scale; masks and variances are used where they are')
    .requiredOption('--out <file>', 'FITS file to write: IMAGE, MASK, VARIANCE')
    .requiredOption('--like <file>', 'FITS file whose WCS and size the coadd takes')
    .addOption(
      new Option('--combine <how>', 'mean keeps one input in memory; compare keeps all and rejects what is in few of them')
        .choices(['mean', 'compare'])
        .default('mean'),
    )
    .addOption(new Option('--kernel <kernel>', 'interpolation').choices(['lanczos3', 'lanczos5', 'bilinear']).default('lanczos3'))
    .addOption(
      new Option('--weights <how>', 'noise: by the sky variance, deepest for faint sources; equal: best for bright ones')
        .choices(['noise', 'equal'])
        .default('noise'),
    )
    .option('--background-cell <pixels>', 'mesh cell of the background that is subtracted; 0 for none', '256')
    .option('--threads <n>', 'threads that compute', '1')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  almagest coadd night1/*.fits --out deep.fits --like night1/first.fits
  almagest coadd a.fits b.fits c.fits --out template.fits --like grid.fits --combine compare --json`,
    )
    .action(coadd);
}

async function coadd(files: readonly string[], options: CoaddArguments): Promise<void> {
  setKernelThreads({ threads: wholeNumber(options.threads, '--threads', 1) });
  const patch = await readPatch(options.like);
  const cell = wholeNumber(options.backgroundCell, '--background-cell', 0);
  const missed: string[] = [];
  const readWarp = async (file: string, planes?: Planes): Promise<Warp | undefined> => {
    const exposure = await readInput(file, cell, planes);
    const warp = makeWarp(file, exposure, patch, { kernel: options.kernel, into: planes?.warped(patch.box) });
    if (warp === undefined) missed.push(file);
    return warp && options.weights === 'equal' ? { ...warp, weight: 1 } : warp;
  };
  let result: Coadd;
  let artifacts: readonly EpochArtifacts[] = [];
  if (options.combine === 'mean') {
    const planes = new Planes();
    const sum = new CoaddAccumulator(patch.box);
    for (const file of files) {
      const warp = await readWarp(file, planes);
      if (warp) sum.add(warp);
    }
    result = sum.finish();
  } else {
    const warps: Warp[] = [];
    for (const file of files) {
      const warp = await readWarp(file);
      if (warp) warps.push(warp);
    }
    artifacts = compareEpochs(warps);
    result = combineWarps(
      warps,
      artifacts.map(({ rejected }) => rejected),
    );
  }
  await writeFileAtomic(options.out, writeFits(exposureHdus(exposureOf(result.maskedImage, { wcs: patch.wcs }))), { durable: false });
  const report = {
    out: options.out,
    inputs: result.inputs,
    missed,
    artifacts: artifacts.map(({ id, artifacts: found, trails, rejectedShare }) => ({ id, artifacts: found, trails, rejectedShare })),
  };
  console.log(options.json ? JSON.stringify(report) : `${options.out}: ${result.inputs.length} inputs, ${missed.length} beside the grid`);
}

/** Memory that serves one input after the other: fresh pages for every input would cost as much time as the work on them. */
class Planes {
  #buffer: SharedArrayBuffer | undefined;
  #noise: Image | undefined;
  #mask: Mask | undefined;
  #warped: MaskedImage | undefined;

  allocate = (bytes: number): SharedArrayBuffer => {
    if (this.#buffer?.byteLength !== bytes) this.#buffer = new SharedArrayBuffer(bytes);
    return this.#buffer;
  };

  noise({ width, height, x0, y0 }: PixelBox): Image {
    if (this.#noise?.width !== width || this.#noise.height !== height) this.#noise = createImage(width, height);
    return { ...this.#noise, x0, y0 };
  }

  /** A mask with no bit set; nobody writes to it. */
  mask({ width, height, x0, y0 }: PixelBox): Mask {
    if (this.#mask?.width !== width || this.#mask.height !== height) this.#mask = createMask(width, height);
    return { ...this.#mask, x0, y0 };
  }

  warped(box: PixelBox): MaskedImage {
    return (this.#warped ??= createMaskedImage(box.width, box.height, box));
  }
}

/** An exposure without its background; where the file has no variance, the measured noise of the sky is taken. */
async function readInput(path: string, cell: number, planes: Planes = new Planes()): Promise<Exposure & { readonly wcs: SkyWcs }> {
  await using source = await openFile(path);
  const fits = await openFits(source);
  const hdu = await findImageHdu(fits);
  if (hdu.name === 'IMAGE') {
    const exposure = await readExposure(fits);
    const { image, mask } = exposure.maskedImage;
    if (cell > 0) subtractBackgroundInPlace(image, measureBackground(image, { mask, cellPixels: cell }));
    return { ...exposure, wcs: needWcs(exposure.wcs, path) };
  }
  const { image, wcs } = await readPlacedImage(hdu, { allocate: planes.allocate });
  const background = measureBackground(image, { cellPixels: cell || 256 });
  if (cell > 0) subtractBackgroundInPlace(image, background);
  const variance = planes.noise(image);
  evaluateNoiseVarianceInto(background, variance);
  return { ...exposureOf({ image, mask: planes.mask(image), variance }), wcs: needWcs(wcs, path) };
}

function needWcs(wcs: SkyWcs | undefined, path: string): SkyWcs {
  if (wcs === undefined) throw new ImageArgumentError(`${path} must have a celestial WCS; found none`);
  return wcs;
}

async function readPatch(path: string): Promise<{ wcs: SkyWcs; box: PixelBox }> {
  await using source = await openFile(path);
  const { wcs, box } = readPlace(await findImageHdu(await openFits(source)));
  return { wcs: needWcs(wcs, path), box };
}

function wholeNumber(text: string, option: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new ImageArgumentError(`${option} must be a whole number from ${least}; found ${text}`);
  return value;
}
