import { extname } from 'node:path';
import { Header, imageHdu, openFits, writeFits } from '@almagest/fits';
import {
  computeQuantileLimits,
  computeZscale,
  encodeJpeg,
  encodePng,
  exposureHdus,
  findImageHdu,
  type Image,
  intersectBoxes,
  type Picture,
  placeCards,
  type PlacedImage,
  type PixelBox,
  readPlace,
  readExposure,
  readPlacedImage,
  renderGray,
  renderLupton,
  shrinkImage,
  type Stretch,
  subImage,
  warpExposure,
  warpImageByGrid,
  computeSkyGrid,
} from '@almagest/image';
import { setKernelThreads } from '@almagest/kernels';
import { openFile, writeFileAtomic } from '@almagest/resources';
import type { SkyWcs } from '@almagest/wcs';
import { type Command, Option } from 'commander';
import { ImageArgumentError } from '../image-arguments.ts';

export function register(program: Command): void {
  const image = program.command('image').description('Render and resample images.');
  registerRender(image);
  registerWarp(image);
}

interface RenderArguments {
  readonly hdu?: string;
  readonly stretch: Stretch;
  readonly limits?: string;
  readonly percentile?: string;
  readonly softening: string;
  readonly section?: string;
  readonly maxSize?: string;
  readonly green?: string;
  readonly blue?: string;
  readonly quality: string;
  readonly json?: boolean;
}

function registerRender(image: Command): void {
  image
    .command('render')
    .description('Draw the first two-dimensional image of a FITS file as PNG or JPEG, north as it comes, last row at the top.')
    .argument('<file>', 'FITS file; with --green and --blue it is the red channel')
    .argument('<out>', '.png, .jpg or .jpeg')
    .option('--hdu <number|name>', 'HDU to draw')
    .addOption(new Option('--stretch <stretch>', 'brightness curve').choices(['asinh', 'linear', 'sqrt', 'log']).default('asinh'))
    .option('--limits <black,white>', 'pixel values that become black and white; zscale unless told')
    .option('--percentile <low,high>', 'black and white as percentiles of the pixels')
    .option('--softening <number>', 'asinh turns logarithmic at 1/softening of the range', '10')
    .option('--section <x0,y0,width,height>', 'part to draw, 0-based parent pixels')
    .option('--max-size <pixels>', 'average blocks of pixels until the longer side is no more than this')
    .option('--green <file>', 'green channel of a colour picture (Lupton)')
    .option('--blue <file>', 'blue channel')
    .option('--quality <1-100>', 'of JPEG', '90')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  almagest image render frame.fits frame.png
  almagest image render frame.fits.fz small.jpg --max-size 1024 --stretch log
  almagest image render frame.fits stamp.png --section 1800,2100,256,256 --limits 0,500
  almagest image render i.fits colour.png --green r.fits --blue g.fits --limits 0,40`,
    )
    .action(render);
}

async function render(file: string, out: string, options: RenderArguments): Promise<void> {
  const kind = pictureKind(out);
  const red = await readForDrawing(file, options);
  const limits = options.limits
    ? asLimits(numbers(options.limits, 2, '--limits'))
    : options.percentile
      ? computeQuantileLimits(red, ...asFractions(numbers(options.percentile, 2, '--percentile')))
      : computeZscale(red);
  let picture: Picture;
  if (options.green !== undefined && options.blue !== undefined) {
    const green = await readForDrawing(options.green, options);
    const blue = await readForDrawing(options.blue, options);
    picture = renderLupton(red, green, blue, { minimum: limits.black, stretch: (limits.white - limits.black) / 2 });
  } else picture = renderGray(red, { limits, stretch: options.stretch, softening: positive(options.softening, '--softening') });
  const bytes = kind === 'png' ? encodePng(picture) : encodeJpeg(picture, positive(options.quality, '--quality'));
  await writeFileAtomic(out, bytes, { durable: false });
  const report = { file, out, width: picture.width, height: picture.height, channels: picture.channels, ...limits, bytes: bytes.length };
  console.log(
    options.json ? JSON.stringify(report) : `${out}: ${picture.width} x ${picture.height}, black ${limits.black}, white ${limits.white}`,
  );
}

async function readForDrawing(path: string, options: RenderArguments): Promise<Image> {
  await using source = await openFile(path);
  const fits = await openFits(source);
  const selector = options.hdu === undefined ? undefined : /^\d+$/.test(options.hdu) ? Number(options.hdu) : options.hdu;
  const hdu = selector === undefined ? await findImageHdu(fits) : await fits.hdu(selector);
  const { image } = await readPlacedImage(hdu);
  const [x0, y0, width, height] = options.section
    ? numbers(options.section, 4, '--section')
    : [image.x0, image.y0, image.width, image.height];
  const part = subImage(image, intersectBoxes(image, { x0: x0 ?? 0, y0: y0 ?? 0, width: width ?? 0, height: height ?? 0 }));
  const most = options.maxSize === undefined ? Number.POSITIVE_INFINITY : positive(options.maxSize, '--max-size');
  const factor = Math.ceil(Math.max(part.width, part.height) / most);
  return factor > 1 ? shrinkImage(part, factor) : part;
}

interface WarpArguments {
  readonly like: string;
  readonly kernel: 'lanczos3' | 'lanczos5' | 'bilinear';
  readonly surfaceBrightness?: boolean;
  readonly tolerance: string;
  readonly threads: string;
  readonly json?: boolean;
}

function registerWarp(image: Command): void {
  image
    .command('warp')
    .description('Resample an image, and its mask and variance where it has them, onto the pixels of another one.')
    .argument('<file>', 'FITS file with a WCS')
    .argument('<out>', 'FITS file to write')
    .requiredOption('--like <file>', 'FITS file whose WCS and size the result takes')
    .addOption(new Option('--kernel <kernel>', 'interpolation').choices(['lanczos3', 'lanczos5', 'bilinear']).default('lanczos3'))
    .option('--surface-brightness', 'keep values a pixel; unless told, flux is kept (values scale with the pixel area)')
    .option('--tolerance <pixels>', 'largest error of interpolated positions', '2e-4')
    .option('--threads <n>', 'threads that compute', '1')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  almagest image warp template.fits aligned.fits --like science.fits
  almagest image warp a.fits b.fits --like grid.fits --kernel lanczos5 --threads 2 --json`,
    )
    .action(warp);
}

async function warp(file: string, out: string, options: WarpArguments): Promise<void> {
  setKernelThreads({ threads: positive(options.threads, '--threads') });
  const target = await readTarget(options.like);
  await using source = await openFile(file);
  const fits = await openFits(source);
  const hdu = await findImageHdu(fits);
  const rules = { conserveFlux: options.surfaceBrightness !== true, tolerance: positive(options.tolerance, '--tolerance') };
  if (hdu.name === 'IMAGE') {
    const exposure = await readExposure(fits);
    const warped = warpExposure({ ...exposure, wcs: needWcs(exposure.wcs, file) }, target, { ...rules, kernel: options.kernel });
    await writeFileAtomic(out, writeFits(exposureHdus(warped)), { durable: false });
    const { width, height } = warped.maskedImage.image;
    report(options, { file, out, width, height });
    return;
  }
  const placed = await readPlacedImage(hdu);
  const grid = computeSkyGrid(target, { wcs: needWcs(placed.wcs, file), box: placed.image }, rules);
  const image = warpImageByGrid(placed.image, grid, target.box, options.kernel);
  const header = new Header([...otherCards(placed), ...placeCards(target.box, target.wcs).cards]);
  const { width, height } = image;
  await writeFileAtomic(out, writeFits([imageHdu({ data: image.data, shape: [height, width], header })]), { durable: false });
  report(options, { file, out, width, height, positionErrorPixels: grid.errorPixels, cell: grid.cell });
}

function report(
  options: { readonly json?: boolean },
  facts: { readonly out: string; readonly width: number; readonly height: number; readonly [fact: string]: unknown },
): void {
  console.log(options.json ? JSON.stringify(facts) : `${facts.out}: ${facts.width} x ${facts.height}`);
}

async function readTarget(path: string): Promise<{ wcs: SkyWcs; box: PixelBox }> {
  await using source = await openFile(path);
  const hdu = await findImageHdu(await openFits(source));
  const { box, wcs } = readPlace(hdu);
  return { wcs: needWcs(wcs, path), box };
}

function needWcs(wcs: SkyWcs | undefined, path: string): SkyWcs {
  if (wcs === undefined) throw new ImageArgumentError(`${path} must have a celestial WCS; found none`);
  return wcs;
}

/** The image's cards that a new WCS does not replace. */
function otherCards({ header }: PlacedImage): Header['cards'] {
  const placed =
    /^(WCSAXES|CTYPE|CUNIT|CRPIX|CRVAL|CDELT|CROTA|CD\d|PC\d|PV\d|PS\d|A_|B_|AP_|BP_|LONPOLE|LATPOLE|RADESYS|EQUINOX|LTV|LTM|WAT)/;
  return header.cards.filter(({ keyword }) => !placed.test(keyword));
}

function pictureKind(path: string): 'png' | 'jpeg' {
  const end = extname(path).toLowerCase();
  if (end === '.png') return 'png';
  if (end === '.jpg' || end === '.jpeg') return 'jpeg';
  throw new ImageArgumentError(`the picture's name must end in .png, .jpg or .jpeg; found ${path}`);
}

function numbers(text: string, count: number, option: string): number[] {
  const values = text.split(',').map(Number);
  if (values.length !== count || values.some((value) => !Number.isFinite(value)))
    throw new ImageArgumentError(`${option} must be ${count} numbers with commas between; found ${text}`);
  return values;
}

function asLimits([black = 0, white = 0]: readonly number[]): { black: number; white: number } {
  return { black, white };
}

function asFractions([low = 0, high = 100]: readonly number[]): [number, number] {
  return [low / 100, high / 100];
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new ImageArgumentError(`${option} must be a number above 0; found ${text}`);
  return value;
}
