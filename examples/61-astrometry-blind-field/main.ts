/** Solves a field whose place on the sky is unknown, and shows that a wrong catalogue gives an error rather than a wrong answer. */
import { createReferenceCatalogue, NotSolvedError, solveField } from '@almagest/astrometry';
import { createRandom } from '@almagest/numerics';
import { computePixelScale, createWcs } from '@almagest/wcs';

const ARCSEC = Math.PI / 648000;
const truth = createWcs({
  crpix: [999.5, 999.5],
  cd: [-1e-4, 2e-5, 2e-5, 1e-4],
  projection: 'TAN',
  crval: [210, -35],
  frame: { system: 'ICRS' },
});
const random = createRandom('blind field');

/** Stars of a 2000 x 2000 image; a fifth of the catalogue is not detected. */
function stars(count: number) {
  const x = Float64Array.from({ length: count }, () => random.uniform(0, 2000));
  const y = Float64Array.from({ length: count }, () => random.uniform(0, 2000));
  const [ra, dec] = [new Float64Array(count), new Float64Array(count)];
  truth.pixelToSkyArray(x, y, ra, dec);
  const mag = Float64Array.from({ length: count }, () => random.uniform(12, 18));
  return { x, y, reference: createReferenceCatalogue({ ra, dec, mag }), mag };
}

const { x, y, mag, reference } = stars(300);
const seen = [...x.keys()].filter(() => random.uniform() < 0.8);
const sources = {
  x: seen.map((i) => (x[i] ?? 0) + random.normal(0, 0.05)),
  y: seen.map((i) => (y[i] ?? 0) + random.normal(0, 0.05)),
  flux: seen.map((i) => 10 ** (-0.4 * ((mag[i] ?? 0) + random.normal(0, 0.3)))),
  sigma: seen.map(() => 0.05),
};
const image = { width: 2000, height: 2000, pixelScale: 1.05 * computePixelScale(truth, 1000, 1000) };

const solution = solveField(sources, reference, image);
const [was, is] = [truth.pixelToSky(0, 0), solution.wcs.pixelToSky(0, 0)];
const error = Math.hypot((was.ra - is.ra) * Math.cos(was.dec), was.dec - is.dec) / ARCSEC;
console.log(`solved with ${solution.used.length} stars; the corner is off by ${(1000 * error).toFixed(1)} mas`);

try {
  solveField(sources, stars(300).reference, image);
} catch (error) {
  if (error instanceof NotSolvedError) console.log(`another catalogue: ${error.code}`);
  else throw error;
}
