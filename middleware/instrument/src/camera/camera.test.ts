import { expect, test } from 'vitest';
import { CameraFileError, CameraNotFoundError, DetectorNotFoundError } from '../errors.ts';
import { getDetector } from '../geometry/focal-plane.ts';
import { rawSize } from '../geometry/assemble.ts';
import { listCameras, loadCamera, shippedMatches } from './load-camera.ts';
import { parseCamera } from './parse-camera.ts';

test.each(listCameras())('camera %s loads', (name) => {
  const camera = loadCamera(name);
  expect(camera.detectors.length).toBeGreaterThan(0);
  expect(camera.origin.length).toBeGreaterThan(10);
});

test('the test of every camera is found without reading the whole file', () => {
  const whole = listCameras().flatMap((name) => {
    const { match } = loadCamera(name).translation;
    return match === undefined ? [] : [[name, match]];
  });
  expect([...shippedMatches()]).toEqual(whole);
});

test('amplifiers tile every detector that has more than one', () => {
  for (const camera of listCameras().map((name) => loadCamera(name))) {
    const [detector] = camera.detectors;
    const area = detector!.amplifiers.reduce((sum, amp) => sum + amp.box.width * amp.box.height, 0);
    expect([camera.name, area]).toEqual([camera.name, detector!.width * detector!.height]);
  }
});

test('a grid of amplifiers reads its upper row from the top', () => {
  const [lower, , upper] = getDetector(loadCamera('simcam-tiny'), 'S00').amplifiers;
  expect([lower?.readCorner, upper?.readCorner, upper?.hdu, upper?.box.y]).toEqual(['LL', 'UL', 3, 256]);
  expect(rawSize([upper!])).toEqual({ width: 296, height: 280 });
});

const GOOD = `
format: almagest-camera/1
name: X
title: x
origin: test
detectorTypes:
  t: { size: [4, 4], pixelMm: 0.01, amplifiers: [{ name: A, box: [0, 0, 4, 4], rawData: [0, 0, 4, 4] }] }
detectors: [{ id: 0, name: D, type: t }]
translation: { properties: { instrument: { const: X } } }
`;
const rules = (): string => 'properties: {}';

test.each([
  ['not YAML', 'a: [', /camera file/],
  ['a field unknown', GOOD.replace('title: x', 'titel: x'), /titel/],
  ['a box that leaves the detector', GOOD.replace('[0, 0, 4, 4], rawData', '[1, 0, 4, 4], rawData'), /leaves the detector/],
  ['sizes that differ', GOOD.replace('rawData: [0, 0, 4, 4]', 'rawData: [0, 0, 3, 4]'), /differ in size/],
  ['an unknown detector type', GOOD.replace('type: t', 'type: u'), /no detector type "u"/],
  [
    'two detectors of one id',
    GOOD.replace('[{ id: 0, name: D, type: t }]', '[{ id: 0, name: D, type: t }, { id: 0, name: E, type: t }]'),
    /same id/,
  ],
  ['a bad expression', GOOD.replace('{ const: X }', "{ expr: '1 +' }"), /position/],
  ['a property unknown', GOOD.replace('instrument: {', 'instrumentt: {'), /instrumentt/],
])('refuses a camera file with %s', (_, source, message) => {
  expect(() => parseCamera(source, rules)).toThrow(CameraFileError);
  expect(() => parseCamera(source, rules)).toThrow(message);
});

test('names the cameras and detectors there are', () => {
  expect(() => loadCamera('nonsense')).toThrow(CameraNotFoundError);
  expect(loadCamera('DECam').name).toBe('DECam');
  expect(() => getDetector(loadCamera('decam'), 63)).toThrow(DetectorNotFoundError);
});
