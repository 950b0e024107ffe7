import { emptyHdu, type Header, imageHdu, openFits, writeFits } from '@almagest/fits';
import { findImageHdu, type Image, placeCards, type PlacedImage, readPlacedImage, warpImage } from '@almagest/image';
import { openFile, writeFileAtomic } from '@almagest/resources';
import {
  detectDifference,
  detectScore,
  type ScoreMap,
  subtractImages,
  type SubtractInput,
  type Subtraction,
  type SubtractOptions,
  subtractScore,
  subtractZogy,
} from '@almagest/differencing';
import { KernelArena, setKernelThreads } from '@almagest/kernels';
import { type Command, InvalidArgumentError, Option } from 'commander';

interface SubtractFlags {
  readonly method: 'alard-lupton' | 'score' | 'zogy';
  readonly json?: boolean;
  readonly convolve: 'auto' | 'template' | 'science';
  readonly basis: 'gaussian' | 'delta';
  readonly kernelHalf?: string;
  readonly kernelDegree: string;
  readonly decorrelate: boolean;
  readonly threshold: string;
  readonly threads: number;
}

export function register(program: Command): void {
  program
    .command('subtract')
    .description('Subtract a template from a science image: align, match the PSF over the image, subtract, find what changed.')
    .argument('<science>', 'FITS image')
    .argument('<template>', 'FITS image, on the same pixels or with a WCS')
    .argument('<out>', 'FITS file to write: difference and variance')
    .addOption(
      new Option(
        '--method <name>',
        'alard-lupton: difference with white noise; score: the science image filtered with its own PSF first, for templates of wider stars; zogy: proper difference',
      )
        .choices(['alard-lupton', 'score', 'zogy'])
        .default('alard-lupton'),
    )
    .addOption(
      new Option('--convolve <which>', 'image to convolve: that of the narrower stars, or one of the two')
        .choices(['auto', 'template', 'science'])
        .default('auto'),
    )
    .addOption(
      new Option('--basis <functions>', "of the kernel: Gaussians times polynomials, or one function for each of the kernel's pixels")
        .choices(['gaussian', 'delta'])
        .default('gaussian'),
    )
    .option('--kernel-half <pixels>', 'half side of the matching kernel')
    .option('--kernel-degree <degree>', 'degree of the kernel over the image', '2')
    .option('--no-decorrelate', 'leave the noise correlated as the convolution makes it')
    .option('--threshold <sigma>', 'significance of what is reported as a detection', '5')
    .option('--threads <n>', 'threads that compute', wholeNumber, 2)
    .option('--json', 'report as one JSON object')
    .addHelpText(
      'after',
      `
GAIN and SATURATE are read from the headers. The template is resampled with Lanczos-5 when the grids differ.
The methods score and zogy write SIGNIFICANCE and FLUX of a point source at each pixel, zogy IMAGE too.

Examples:
  almagest subtract tonight.fits deep.fits difference.fits --json
  almagest subtract tonight.fits deep.fits score.fits --method score --threshold 4.5`,
    )
    .action(subtract);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number from 1');
  return value;
}

async function load(file: string): Promise<PlacedImage> {
  await using source = await openFile(file);
  return await readPlacedImage(await findImageHdu(await openFits(source)));
}

function inputOf(image: Image, header: Header): SubtractInput {
  return { image, gain: header.getNumber('GAIN') ?? 0, saturation: header.getNumber('SATURATE') ?? Number.POSITIVE_INFINITY };
}

/** Grids that differ by less are one [pixel]: a shift this small is the kernel's to take up. */
const SAME_GRID = 0.01;

/** The template on the pixels of the science image; as it is where it lies on them already. */
function alignedTo(science: PlacedImage, template: PlacedImage): Image {
  const { wcs, image } = science;
  if (!wcs || !template.wcs || sameGrid({ wcs, image }, { wcs: template.wcs, image: template.image })) return template.image;
  return warpImage(template.image, template.wcs, { wcs, box: image }, { kernel: 'lanczos5' });
}

type OnSky = { readonly wcs: NonNullable<PlacedImage['wcs']>; readonly image: Image };

function sameGrid(a: OnSky, b: OnSky): boolean {
  const { width, height, x0, y0 } = a.image;
  if (b.image.width !== width || b.image.height !== height || b.image.x0 !== x0 || b.image.y0 !== y0) return false;
  return [0, 0.5, 1].every((u) =>
    [0, 0.5, 1].every((v) => {
      const at = { x: x0 + u * (width - 1), y: y0 + v * (height - 1) };
      const { ra, dec } = a.wcs.pixelToSky(at.x, at.y);
      const there = b.wcs.skyToPixel(ra, dec);
      return Math.hypot(there.x - at.x, there.y - at.y) < SAME_GRID;
    }),
  );
}

async function subtract(sciencePath: string, templatePath: string, out: string, flags: SubtractFlags): Promise<void> {
  setKernelThreads({ threads: flags.threads });
  const [science, template] = await Promise.all([load(sciencePath), load(templatePath)]);
  const inputs = [inputOf(science.image, science.header), inputOf(alignedTo(science, template), template.header)] as const;
  const header = placeCards(science.image, science.wcs);
  if (flags.method !== 'alard-lupton') return await scored(inputs, out, header, flags);
  // The planes live as long as the command.
  using arena = new KernelArena();
  const options: SubtractOptions = {
    arena,
    basis: flags.basis,
    convolve: flags.convolve,
    kernelDegree: Number(flags.kernelDegree),
    decorrelate: flags.decorrelate,
    ...(flags.kernelHalf === undefined ? {} : { kernelHalf: Number(flags.kernelHalf) }),
  };
  const result = subtractImages(...inputs, options);
  const detections = detectDifference(result, Number(flags.threshold));
  const { difference, variance } = result;
  const shape = [difference.height, difference.width];
  await writeFileAtomic(
    out,
    writeFits([
      emptyHdu(),
      imageHdu({ name: 'IMAGE', data: difference.data, shape, header }),
      imageHdu({ name: 'VARIANCE', data: variance.data, shape, header }),
    ]),
    { durable: false },
  );
  const report = { ...summary(result), detections };
  console.log(flags.json ? JSON.stringify(report) : JSON.stringify(report, undefined, 2));
}

/** The methods whose result has been filtered for point sources. */
async function scored(
  [science, template]: readonly [SubtractInput, SubtractInput],
  out: string,
  header: Header,
  flags: SubtractFlags,
): Promise<void> {
  const kernelDegree = Number(flags.kernelDegree);
  const result = flags.method === 'zogy' ? subtractZogy(science, template) : subtractScore(science, template, { kernelDegree });
  const planes: readonly [string, ScoreMap['flux']][] = [
    ...('difference' in result ? [['IMAGE', result.difference] as [string, ScoreMap['flux']]] : []),
    ['SIGNIFICANCE', result.significance],
    ['FLUX', result.flux],
  ];
  const hdus = planes.map(([name, { data, width, height }]) => imageHdu({ name, data, shape: [height, width], header }));
  await writeFileAtomic(out, writeFits([emptyHdu(), ...hdus]), { durable: false });
  const report = {
    method: flags.method,
    ...('fluxRatio' in result
      ? { fluxRatio: result.fluxRatio, offset: result.offset, variance: result.variance }
      : { scienceFwhm: result.scienceFwhm, templateFwhm: result.templateFwhm, kernelChi2PerPixel: result.kernel.chi2PerPixel }),
    detections: detectScore(result, Number(flags.threshold)),
  };
  console.log(flags.json ? JSON.stringify(report) : JSON.stringify(report, undefined, 2));
}

/** What a person wants to know of a subtraction before looking at it. */
function summary(result: Subtraction): Record<string, unknown> {
  const { kernel, difference, variance } = result;
  let [sum, count] = [0, 0];
  for (let k = 0; k < difference.data.length; k += 7) {
    const value = difference.data[k] as number;
    if (Number.isNaN(value)) continue;
    sum += Math.min(25, (value * value) / (variance.data[k] as number));
    count++;
  }
  return {
    convolved: result.convolved,
    scienceFwhm: result.scienceFwhm,
    templateFwhm: result.templateFwhm,
    fluxRatio: result.fluxRatio,
    coverage: result.coverage,
    kernel: {
      half: kernel.basis.half,
      functions: kernel.basis.functions.length,
      degree: kernel.options.kernelDegree,
      stars: kernel.used,
      rejected: kernel.rejected,
      chi2PerPixel: kernel.chi2PerPixel,
    },
    residualChi2PerPixel: sum / count,
  };
}
