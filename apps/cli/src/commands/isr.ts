import { Header, imageHdu, openFits, type PixelArray, type PixelType, readImage, writeFits } from '@almagest/fits';
import { DEFAULT_MASK_PLANES, imageOf, maskedImageOf, planeBits } from '@almagest/image';
import { nominalWcsCards, pointingOf, type RawAmplifier } from '@almagest/instrument';
import {
  CalibrationMismatchError,
  type CosmicRayRequest,
  type CosmicRayResult,
  DEFAULT_ISR,
  DEFAULT_LAPLACIAN,
  DEFAULT_SHARPNESS,
  findCosmicRaysByLaplacian,
  findCosmicRaysBySharpness,
  gaussianRatios,
  reduceRawByAmplifier,
} from '@almagest/isr/reduce';
import { KernelArena } from '@almagest/kernels';
import { median } from '@almagest/numerics';
import { openFile, writeFileAtomic } from '@almagest/resources';
import type { Command } from 'commander';
import { type CalibrationFile, openCalibration } from './isr-calibrations.ts';
import { darkSecOf, openAnyRaw, registerMasters } from './isr-masters.ts';

interface ReduceOptions {
  readonly camera?: string;
  readonly detector?: string;
  readonly bias?: string;
  readonly dark?: string;
  readonly flat?: string;
  readonly overscan: boolean;
  readonly interpolate: boolean;
  readonly json?: boolean;
}

interface CosmicOptions {
  readonly readNoise: string;
  readonly gain: string;
  readonly saturation?: string;
  readonly fwhm?: string;
  readonly method?: string;
  readonly sigma?: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const isr = program.command('isr').description("Remove the instrument's signature from raws, and find cosmic rays.");
  isr
    .command('reduce')
    .description(
      'Reduce RAW: overscan, gain, assembly, bias, dark, flat, variance, mask; written to OUT as FITS (IMAGE, MASK, VARIANCE) in electrons.',
    )
    .argument('<raw>')
    .argument('<out>')
    .option(
      '--camera <name>',
      'a camera that ships or a camera file; "generic" takes the geometry from DATASEC, DETSEC and BIASSEC (default: recognized, else generic)',
    )
    .option('--detector <id>', 'number or name, where the file holds several')
    .option('--bias <file>', 'combined bias [electron; by amplifier in adu], assembled or one extension an amplifier')
    .option('--dark <file>', 'combined dark [electron/s], likewise')
    .option('--flat <file>', 'combined flat, likewise')
    .option('--no-overscan', 'leave the overscan alone')
    .option('--no-interpolate', 'leave bad and saturated pixels as they are')
    .option('--json', 'print the statistics as one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  almagest isr reduce raw.fits out.fits --bias bias.fits --dark dark.fits --flat flat.fits\n  almagest isr reduce raw.fits out.fits --camera generic --json',
    )
    .action(reduce);
  registerMasters(isr);
  isr
    .command('cosmic-rays')
    .description('Find cosmic rays in IMAGE (sky included) and write their mask to OUT as FITS.')
    .argument('<image>')
    .argument('<out>')
    .option('--read-noise <electrons>', 'read noise', '6')
    .option('--gain <e/count>', 'electrons per count of the image', '1')
    .option('--saturation <counts>', 'pixels at or above are left out, with their surroundings')
    .option('--fwhm <pixels>', 'FWHM of the PSF; a little too small is safe, too large flags stars')
    .option('--method <name>', 'sharpness (against the PSF; default where --fwhm is given) or laplacian (L.A.Cosmic)')
    .option('--sigma <n>', 'significance (default: 6 for sharpness, 4.5 for laplacian)')
    .option('--json', 'print the counts as one JSON object')
    .addHelpText('after', '\nExamples:\n  almagest isr cosmic-rays exposure.fits mask.fits --read-noise 7 --saturation 90000')
    .action(cosmicRays);
}

async function reduce(rawPath: string, out: string, options: ReduceOptions): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const raw = stack.use(await openAnyRaw(rawPath, options));
  const { detector, info, camera, header } = raw;
  const amplifiers: RawAmplifier[] = [];
  // Pixels in the kernels' memory are used where they are.
  const arena = stack.use(new KernelArena());
  for (const k of detector.amplifiers.keys()) amplifiers.push(await raw.readAmplifier(k, (type, count) => pixelsIn(arena, type, count)));
  const open = async (path: string | undefined, gains?: readonly number[]): Promise<CalibrationFile | undefined> =>
    path === undefined ? undefined : stack.use(await openCalibration(path, detector, gains));
  const bias = await open(
    options.bias,
    amplifiers.map((a) => a.amplifier.gain),
  );
  const [dark, flat] = [await open(options.dark), await open(options.flat)];
  const hasOverscan = detector.amplifiers.every((a) => a.rawSerialOverscan !== null);
  const config = {
    ...DEFAULT_ISR,
    serialOverscan: options.overscan && hasOverscan ? DEFAULT_ISR.serialOverscan : null,
    bias: bias !== undefined,
    dark: dark !== undefined,
    flat: flat !== undefined,
    interpolation: options.interpolate ? DEFAULT_ISR.interpolation : null,
  };
  const { width, height } = detector;
  const target = maskedImageOf(
    imageOf(arena.float32(width * height, { cleared: false }), width, height),
    { ...imageOf(arena.int32(width * height), width, height), planes: DEFAULT_MASK_PLANES },
    imageOf(arena.float32(width * height, { cleared: false }), width, height),
  );
  const { maskedImage, statistics } = await reduceRawByAmplifier(
    { detector, amplifiers, darkSec: darkSecOf(raw), seed: rawPath },
    {},
    { ...(bias ? { bias } : {}), ...(dark ? { dark } : {}), ...(flat ? { flat } : {}) },
    config,
    { target },
  );
  const pointing = pointingOf(info);
  const wcs = pointing && nominalWcsCards(camera, detector, pointing);
  const cards = new Header();
  for (const [key, value] of header)
    if (!/^(?:XTENSION|EXTNAME|EXTVER|INHERIT|DATASEC|BIASSEC.*|DETSEC|TRIMSEC|CHECKSUM|DATASUM|Z.*)$/.test(key)) cards.set(key, value);
  for (const [key, value] of Object.entries(wcs ?? {})) cards.set(key, value);
  cards.set('BUNIT', 'electron');
  const maskCards = new Header();
  for (const [name, bit] of Object.entries(maskedImage.mask.planes)) maskCards.set(`MP_${name}`, bit);
  const shape = [height, width];
  const narrow = Object.values(maskedImage.mask.planes).every((bit) => bit < 15);
  const hdus = [
    imageHdu({ data: maskedImage.image.data, shape, header: cards, consume: true }),
    imageHdu({ data: maskedImage.variance.data, shape, name: 'VARIANCE', consume: true }),
    imageHdu({
      data: maskedImage.mask.data,
      shape,
      header: maskCards,
      name: 'MASK',
      ...(narrow ? { narrow: 'int16' } : { consume: true }),
    }),
  ];
  // A product that can be made again need not wait for the disk.
  await writeFileAtomic(out, writeFits(hdus, { reuse: true }), { durable: false });
  const { median: level, scatter, saturatedPixels, amplifiers: each } = statistics;
  if (options.json === true) console.log(JSON.stringify({ raw: rawPath, out, detector: detector.name, ...statistics }));
  else
    console.log(
      `${out}: median ${level.toFixed(2)} e, scatter ${scatter.toFixed(2)} e, ${saturatedPixels} saturated, ${each.filter((a) => a.bad).length} of ${each.length} amplifiers bad`,
    );
}

function pixelsIn(arena: KernelArena, type: PixelType, count: number): PixelArray | undefined {
  const options = { cleared: false };
  if (type === 'uint16') return arena.uint16(count, options);
  if (type === 'int16') return arena.int16(count, options);
  return type === 'float32' ? arena.float32(count, options) : undefined;
}

async function cosmicRays(path: string, out: string, options: CosmicOptions): Promise<void> {
  await using file = await openFile(path);
  const hdus = await (await openFits(file)).hdus();
  const hdu =
    hdus.find((h) => (h.kind === 'image' || h.kind === 'compressed-image') && (h.header.getNumber('NAXIS') ?? 0) === 2) ?? hdus[0];
  if (!hdu)
    throw new CalibrationMismatchError(`${path} holds no image`, { details: { step: 'cosmic-rays', expected: 'an image', found: 'none' } });
  const { data, shape } = await readImage(hdu, { as: 'float32' });
  const [height = 0, width = 0] = shape;
  const gain = Number(options.gain);
  const image = data as Float32Array;
  if (gain !== 1) for (let i = 0; i < image.length; i++) image[i] = (image[i] as number) * gain;
  const mask = saturationMask(
    image,
    width,
    options.saturation === undefined ? Number.POSITIVE_INFINITY : Number(options.saturation) * gain,
  );
  const request = { image, width, height, mask, badBits: planeBits({ BAD: 0 }, ['BAD']), readNoise: Number(options.readNoise) };
  const { pixels, passes } = findIn(request, options);
  const found = new Uint8Array(width * height);
  for (const i of pixels) found[i] = 1;
  await writeFileAtomic(out, writeFits([imageHdu({ data: found, shape: [height, width] })]));
  if (options.json === true) console.log(JSON.stringify({ image: path, out, pixels: pixels.length, passes }));
  else console.log(`${out}: ${pixels.length} pixels in ${passes} passes`);
}

function findIn(request: CosmicRayRequest, { method, fwhm, sigma }: CosmicOptions): CosmicRayResult {
  if ((method ?? (fwhm === undefined ? 'laplacian' : 'sharpness')) === 'laplacian') {
    return findCosmicRaysByLaplacian(request, sigma === undefined ? DEFAULT_LAPLACIAN : { ...DEFAULT_LAPLACIAN, sigClip: Number(sigma) });
  }
  const sample: number[] = [];
  for (let i = 0; i < request.image.length; i += 101) sample.push(request.image[i] as number);
  const sky = median(sample);
  const options = sigma === undefined ? DEFAULT_SHARPNESS : { ...DEFAULT_SHARPNESS, minSigma: Number(sigma) };
  return findCosmicRaysBySharpness({ ...request, sky, psf: gaussianRatios(Number(fwhm ?? 3)) }, options);
}

/** Saturated and undefined pixels, and those within 2 of them. */
function saturationMask(image: Float32Array, width: number, level: number): Int32Array {
  const mask = new Int32Array(image.length);
  const height = image.length / width;
  for (let i = 0; i < image.length; i++) {
    // Undefined pixels too, which are below nothing.
    if ((image[i] as number) < level) continue;
    const x = i % width;
    const y = (i - x) / width;
    for (let j = Math.max(0, y - 2); j <= Math.min(height - 1, y + 2); j++)
      mask.fill(1, j * width + Math.max(0, x - 2), j * width + Math.min(width, x + 3));
  }
  return mask;
}
