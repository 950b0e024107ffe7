import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DimensionRecord } from './dimension-record.ts';
import { makePacker } from './packer.ts';
import { DimensionUniverse } from './universe.ts';

const universe = DimensionUniverse.standard();
const camera: DimensionRecord = {
  element: 'instrument',
  fields: { name: 'LSSTCam', visit_max: 6_050_123_199_999, exposure_max: 6_050_123_199_999, detector_max: 1000 },
};
const map: DimensionRecord = { element: 'skymap', fields: { name: 'm', tract_max: 18_938, patch_nx_max: 10, patch_ny_max: 10 } };

test('packs and unpacks visits with detectors (seed 20261120)', () => {
  const packer = makePacker(universe, 'visit_detector', camera);
  expect(packer.maxBits).toBeLessThanOrEqual(63);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 6_050_123_199_998 }), fc.integer({ min: 0, max: 999 }), (visit, detector) => {
      const dataId = { instrument: 'LSSTCam', visit, detector };
      expect(packer.unpack(packer.pack(dataId))).toEqual(dataId);
    }),
    { seed: 20261120 },
  );
});

test('packs and unpacks patches with bands, in order (seed 20261120)', () => {
  const packer = makePacker(universe, 'tract_patch_band', map);
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 18_938n * 600n - 1n }), (packed) => {
      expect(packer.pack(packer.unpack(packed))).toBe(packed);
    }),
    { seed: 20261120 },
  );
  expect(() => packer.pack({ skymap: 'm', tract: 18_938, patch: 0, band: 'r' })).toThrow(/tract must lie within/);
  expect(() => packer.pack({ skymap: 'other', tract: 1, patch: 0, band: 'r' })).toThrow(/for skymap m/);
  expect(() => packer.unpack(-1n)).toThrow(/no packed/);
});
