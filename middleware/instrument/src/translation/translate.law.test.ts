import { AlmagestError } from '@almagest/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listCameras, loadCamera } from '../camera/load-camera.ts';
import { headerFromEntries, parseHeaderText } from '../header/header-record.ts';
import { fromJulianPair, observationInfoFromJson, observationInfoToJson, toJulianPair } from '../properties/observation-info.ts';
import { parseExpression } from '../expression/parse-expression.ts';
import { correctHeader, matchesHeader, translateHeader } from './translate.ts';

const SEED = 20260314;
const cameras = listCameras().map((name) => loadCamera(name));
const keywords = [
  ...new Set(cameras.flatMap((c) => [...JSON.stringify(c.translation).matchAll(/\$([A-Z][A-Z0-9_-]*[A-Z0-9])/g)].map((m) => m[1] ?? ''))),
];
const value = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('12:34:56', '2020-02-30', '01/02/87', 'HSCA00000000', 'NaN', '6,4E-05', '[1:2,3:4]'),
);
const header = fc.array(fc.tuple(fc.constantFrom(...keywords), value), { maxLength: 40 }).map((entries) => headerFromEntries(entries));

test(`any header translates to believable values or says what is wrong (seed ${SEED})`, () => {
  fc.assert(
    fc.property(header, fc.constantFrom(...cameras), (cards, camera) => {
      matchesHeader(cards, camera.translation);
      const corrected = correctSafely(cards, camera);
      const { info, problems } = translateHeader(corrected, camera.translation, { camera: camera.name, strict: false });
      for (const { error } of problems) expect(error).toBeInstanceOf(AlmagestError);
      // What comes out can be stored and read back.
      expect(observationInfoFromJson(JSON.parse(JSON.stringify(observationInfoToJson(info))))).toEqual(info);
    }),
    { seed: SEED, numRuns: 1500 },
  );
});

function correctSafely(cards: Parameters<typeof correctHeader>[0], camera: (typeof cameras)[number]): Parameters<typeof correctHeader>[0] {
  try {
    return correctHeader(cards, camera.translation).header;
  } catch (error) {
    expect(error).toBeInstanceOf(AlmagestError);
    return cards;
  }
}

test(`any text parses as a header or an expression, or fails with a coded error (seed ${SEED})`, () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (source) => {
      for (const parse of [parseHeaderText, parseExpression]) {
        try {
          parse(source);
        } catch (error) {
          expect(error).toBeInstanceOf(AlmagestError);
        }
      }
    }),
    { seed: SEED, numRuns: 2000 },
  );
});

test(`times survive the pair of Julian dates to the nanosecond (seed ${SEED})`, () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 18n), max: 4n * 10n ** 18n }), (taiNs) => {
      const [jd1, jd2] = toJulianPair({ taiNs });
      expect(Number.isInteger(jd1) && Math.abs(jd2) <= 0.5).toBe(true);
      expect(fromJulianPair(jd1, jd2).taiNs).toBe(taiNs);
    }),
    { seed: SEED, numRuns: 2000 },
  );
});
