import { readFileSync } from 'node:fs';
import { bytesSource, openFits } from '@almagest/fits';
import { createMaskedImage, findImageHdu, type MaskedImage, type PlacedImage, readPlacedImage } from '@almagest/image';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { rms } from '../../test/star-pair.ts';
import { detectDifference } from '../detection/detect-difference.ts';
import { scoreDetections } from '../reliability/reliability-model.ts';
import { OPERATING_POINT } from '../reliability/weights.generated.ts';
import { subtractImages } from './subtract-images.ts';

const folder = 'decam-diff-2018/4check';

async function load(name: string): Promise<PlacedImage> {
  const bytes = readFileSync(dataPath(`${folder}/${name}.fits`));
  return await readPlacedImage(await findImageHdu(await openFits(bytesSource(new Uint8Array(bytes)))));
}

/** The transient of August 2018 as the data's own difference shows it [deg], and the bright stars that leave dipoles there [pixel]. */
const TRANSIENT = { ra: 318.1081, dec: -66.01581 };
const STARS: readonly (readonly [number, number])[] = [
  [58, 181],
  [5, 126],
  [101, 73],
  [105, 233],
];

test.skipIf(!haveData)(
  'two epochs of DECam: the transient of 2018 is found in its place, and bright stars leave less in all than in the reference',
  async () => {
    const [science, template, reference] = [
      await load('Stack-DEC-OBS04'),
      await load('Stack-DEC-OBS18'),
      await load('FinalDifference.DeCorr'),
    ];
    const input = ({ image, header }: PlacedImage): Parameters<typeof subtractImages>[0] => ({
      image,
      gain: header.getNumber('GAIN') ?? 0,
      saturation: header.getNumber('SATURATE') ?? Number.POSITIVE_INFINITY,
    });
    const result = subtractImages(input(science), input(template));
    const found = detectDifference(result, 5);
    const degree = 180 / Math.PI;
    const arcsecFrom = ({ x, y }: { readonly x: number; readonly y: number }): number => {
      const sky = science.wcs?.pixelToSky(x, y) ?? { ra: Number.NaN, dec: Number.NaN };
      return 3600 * Math.hypot((sky.ra * degree - TRANSIENT.ra) * Math.cos(sky.dec), sky.dec * degree - TRANSIENT.dec);
    };
    const [transient, ...rest] = found.filter((each) => arcsecFrom(each) < 1);
    expect(rest).toEqual([]);
    // The published place is good to two pixels of 0.26 arcsec; the reference difference's own light tells it better.
    const [x, y] = centerOf(reference.image, [130, 127]);
    expect(Math.hypot(transient.x - x, transient.y - y)).toBeLessThan(0.5);
    expect(transient.significance).toBeGreaterThan(13);
    expect([transient.dipole, transient.trail]).toEqual([undefined, undefined]);
    // What else is found lies at the bright stars, and is known for a dipole.
    for (const each of found.filter((other) => other !== transient)) {
      expect(Math.min(...STARS.map(([x, y]) => Math.hypot(each.x - x, each.y - y)))).toBeLessThan(6);
      expect(each.dipole).toBeDefined();
    }
    expect(found.length).toBeLessThanOrEqual(4);
    // The network, which has seen no real image, keeps the transient and drops what the stars leave.
    const images = {
      science: maskedOf(science.image, result.science.skyVariance),
      template: maskedOf(template.image, result.template.skyVariance),
      difference: maskedOf(result.difference, result.variance.data[0]),
    };
    const kept = scoreDetections(images, found).map((score) => (score >= OPERATING_POINT.cut ? 1 : 0));
    expect(found.filter((_, k) => kept[k] === 1)).toEqual([transient]);
    const around = (
      { data, stride }: { readonly data: Float32Array; readonly stride: number },
      [x, y]: readonly [number, number],
    ): number => rms(Array.from({ length: 121 }, (_, k) => data[(y - 5 + Math.floor(k / 11)) * stride + x - 5 + (k % 11)]));
    const together = (image: Parameters<typeof around>[0]): number =>
      Math.hypot(...STARS.filter(([i]) => i > 10).map((star) => around(image, star)));
    expect(together(result.difference)).toBeLessThan(0.7 * together(reference.image));
  },
);

/** Centre of the light within 6 pixels of the brightest pixel near a place. */
function centerOf(
  { data, stride }: { readonly data: Float32Array; readonly stride: number },
  [x0, y0]: readonly [number, number],
): readonly [number, number] {
  const disc = (x: number, y: number, reach: number): { x: number; y: number; value: number }[] =>
    Array.from({ length: (2 * reach + 1) ** 2 }, (_, k) => {
      const [i, j] = [x - reach + (k % (2 * reach + 1)), y - reach + Math.floor(k / (2 * reach + 1))];
      return { x: i, y: j, value: data[j * stride + i] };
    });
  const peak = disc(x0, y0, 4).reduce((a, b) => (b.value > a.value ? b : a));
  const light = disc(peak.x, peak.y, 6);
  const sum = light.reduce((s, { value }) => s + value, 0);
  return [light.reduce((s, each) => s + each.x * each.value, 0) / sum, light.reduce((s, each) => s + each.y * each.value, 0) / sum];
}

function maskedOf(
  { data, width, height }: { readonly data: Float32Array; readonly width: number; readonly height: number },
  variance: number,
): MaskedImage {
  const out = createMaskedImage(width, height);
  out.image.data.set(data);
  out.variance.data.fill(variance);
  return out;
}
