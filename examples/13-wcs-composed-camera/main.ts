/**
 * A camera as one object: detector pixel -> focal plane -> field angle -> sky, kept as JSON, and its TAN-SIP form for a header.
 */
import { Header } from '@almagest/fits';
import { approximateTanSip, createTransform, parseTransform, skyWcsFromTransform, type TransformSpec, writeWcs } from '@almagest/wcs';

const DEG = Math.PI / 180;
const camera: TransformSpec = {
  kind: 'sequence',
  steps: [
    // Pixels of 10 micron on a detector whose corner stands 30 mm off the axis, turned by half a degree.
    { kind: 'affine', matrix: [0.01, -0.0001, 0.0001, 0.01], offset: [30, -20] },
    // 10 m focal length: millimetres to radians, then the optics' cubic distortion.
    { kind: 'affine', matrix: [1e-4, 0, 0, 1e-4], offset: [0, 0] },
    { kind: 'radial', coefficients: [1, 0, 0.2] },
    { kind: 'boresight', ra: 150 * DEG, dec: 2 * DEG, rotation: 30 * DEG },
  ],
};

const text = JSON.stringify(camera); // what an instrument file would hold
const wcs = skyWcsFromTransform(createTransform(parseTransform(JSON.parse(text))));
const { ra, dec } = wcs.pixelToSky(2000, 1000);
const back = wcs.skyToPixel(ra, dec);
console.log(
  `pixel (2000, 1000) is at ${(ra / DEG).toFixed(6)}, ${(dec / DEG).toFixed(6)} deg and back at (${back.x.toFixed(6)}, ${back.y.toFixed(6)})`,
);

const { wcs: writable, maxErrorPixel } = approximateTanSip(wcs, { width: 4000, height: 4000 });
const header = new Header();
writeWcs(writable, header);
console.log(`as TAN-SIP it needs ${header.length} cards and errs by ${maxErrorPixel.toExponential(1)} pixel at most`);
