import type { z } from 'zod';
import { CameraFileError } from '../errors.ts';
import { parseExpression } from '../expression/parse-expression.ts';
import { boxContains, boxesOverlap, makeBox, type Box } from '../geometry/box.ts';
import { extendRules, type TranslationRules, translationSchema } from '../translation/rules.ts';
import { parseYaml } from '../yaml/parse-yaml.ts';
import type { Amplifier, Camera, Detector, Linearity, ReadCorner } from './camera.ts';
import {
  type AmplifierFile,
  type AmplifierGridFile,
  type CameraFile,
  cameraSchema,
  type DetectorFile,
  type DetectorTypeFile,
} from './camera-schema.ts';

/** Gives the text of a file of rules by the name that `extends` has. */
export type RulesReader = (name: string) => string;

/**
 * Reads a camera file.
 *
 * @param source - YAML text.
 * @param readRules - Called with the name of a file of rules that the camera extends.
 * @param path - Of the file, for messages.
 * @throws {CameraFileError} naming every field that is wrong.
 */
export function parseCamera(source: string, readRules: RulesReader, path?: string): Camera {
  const file = validated(source, cameraSchema, path === undefined ? 'camera file' : `camera file ${path}, camera`);
  const translation = resolvedRules(file.translation, readRules, file.name, 0);
  const detectors = listedDetectors(file).map((d) => makeDetector(d, file));
  checkDetectors(file.name, detectors);
  checkExpressions(file.name, translation);
  return {
    name: file.name,
    title: file.title,
    origin: file.origin,
    site: file.site ?? null,
    optics: {
      apertureM: file.optics.apertureM ?? null,
      plateScaleArcsecPerMm: file.optics.plateScaleArcsecPerMm ?? null,
      radialDistortion: file.optics.radialDistortion,
      flipX: file.optics.flipX,
    },
    filters: file.filters.map((f) => ({ name: f.name, band: f.band, wavelengthNm: f.wavelengthNm ?? null, widthNm: f.widthNm ?? null })),
    detectors,
    maxExposureId: file.maxExposureId,
    translation,
  };
}

function validated<T>(source: string, schema: z.ZodType<T>, what: string): T {
  const { value: root, problem } = parseYaml(source);
  const named = typeof root === 'object' && root !== null && 'name' in root ? String(root.name) : '?';
  if (problem) throw cameraError(named, [problem.message], what);
  const result = schema.safeParse(root);
  if (result.success) return result.data;
  throw cameraError(
    named,
    result.error.issues.map((i) => `${i.path.join('.') || '(top)'}: ${i.message}`),
    what,
  );
}

function cameraError(camera: string, issues: readonly string[], what = 'camera file'): CameraFileError {
  return new CameraFileError(
    `${what} ${camera}: ${issues.slice(0, 5).join('; ')}${issues.length > 5 ? ` (and ${issues.length - 5} more)` : ''}`,
    {
      details: { camera, issues },
    },
  );
}

function resolvedRules(own: TranslationRules, readRules: RulesReader, camera: string, depth: number): TranslationRules {
  if (own.extends === undefined) return own;
  if (depth > 4) throw cameraError(camera, [`translation.extends: more than 4 files deep at "${own.extends}"`]);
  const base = validated(readRules(own.extends), translationSchema, `file of rules "${own.extends}" of`);
  return extendRules(resolvedRules(base, readRules, camera, depth + 1), own);
}

function listedDetectors(file: CameraFile): DetectorFile[] {
  if (Array.isArray(file.detectors)) return file.detectors;
  const { type, firstId, names, groupSeparator } = file.detectors;
  return names.map((name, i) => {
    const group = groupSeparator !== undefined && name.includes(groupSeparator) ? name.split(groupSeparator)[0] : undefined;
    return { id: firstId + i, name, type, purpose: 'science', rotationDeg: 0, flipX: false, ...(group === undefined ? {} : { group }) };
  });
}

function makeDetector(file: DetectorFile, camera: CameraFile): Detector {
  const type = Object.hasOwn(camera.detectorTypes, file.type) ? camera.detectorTypes[file.type] : undefined;
  if (!type) throw cameraError(camera.name, [`detector ${file.name}: there is no detector type "${file.type}"`]);
  const listed = Array.isArray(type.amplifiers) ? type.amplifiers : gridAmplifiers(type.amplifiers);
  return {
    id: file.id,
    name: file.name,
    serial: file.serial ?? null,
    group: file.group ?? null,
    purpose: file.purpose,
    physicalType: type.physicalType,
    width: type.size[0],
    height: type.size[1],
    pixelMm: type.pixelMm,
    centerMm: file.centerMm ?? null,
    rotationDeg: file.rotationDeg,
    flipX: file.flipX,
    bayer: type.bayer ?? null,
    amplifiers: listed.map((amp, i) => makeAmplifier(amp, i, { file, type, camera: camera.name, count: listed.length })),
  };
}

interface AmplifierContext {
  readonly file: DetectorFile;
  readonly type: DetectorTypeFile;
  readonly camera: string;
  readonly count: number;
}

function makeAmplifier(amp: AmplifierFile, index: number, { file, type, camera, count }: AmplifierContext): Amplifier {
  const pick = (what: string, value: number | readonly number[]): number => {
    if (typeof value === 'number') return value;
    if (value.length !== count) throw cameraError(camera, [`${file.name}: ${what} lists ${value.length} values for ${count} amplifiers`]);
    return value[index] ?? 0;
  };
  const saturation = pick('saturation', file.saturation ?? type.saturation);
  const linearity: Linearity = Array.isArray(type.linearity) ? (type.linearity[index] ?? { type: 'none' }) : type.linearity;
  const corner: ReadCorner = `${amp.flipY ? 'U' : 'L'}${amp.flipX ? 'R' : 'L'}`;
  return {
    name: amp.name,
    hdu: amp.hdu,
    box: makeBox(...amp.box),
    rawData: makeBox(...amp.rawData),
    rawSerialOverscan: optionalBox(amp.rawSerialOverscan),
    rawParallelOverscan: optionalBox(amp.rawParallelOverscan),
    rawPrescan: optionalBox(amp.rawPrescan),
    flipX: amp.flipX,
    flipY: amp.flipY,
    readCorner: amp.readCorner ?? corner,
    gain: pick('gain', file.gain ?? type.gain),
    readNoise: pick('readNoise', file.readNoise ?? type.readNoise),
    saturation,
    suspect: type.suspect === undefined ? saturation : pick('suspect', type.suspect),
    linearity,
  };
}

function optionalBox(box: readonly [number, number, number, number] | undefined): Box | null {
  return box ? makeBox(...box) : null;
}

/** Lower row first; the upper row is read from the top, so that its raw runs downwards. */
function gridAmplifiers(grid: AmplifierGridFile): AmplifierFile[] {
  const [width, height] = grid.size;
  const out: AmplifierFile[] = [];
  for (let row = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++) {
      out.push({
        name: grid.name.replaceAll('{row}', String(row)).replaceAll('{column}', String(column)),
        hdu: out.length + 1,
        box: [column * width, row * height, width, height],
        rawData: [grid.prescan, 0, width, height],
        ...(grid.serialOverscan > 0 ? { rawSerialOverscan: [grid.prescan + width, 0, grid.serialOverscan, height] } : {}),
        ...(grid.parallelOverscan > 0 ? { rawParallelOverscan: [grid.prescan, height, width, grid.parallelOverscan] } : {}),
        ...(grid.prescan > 0 ? { rawPrescan: [0, 0, grid.prescan, height] } : {}),
        flipX: false,
        flipY: row === 1,
      });
    }
  }
  return out;
}

function checkDetectors(camera: string, detectors: readonly Detector[]): void {
  const issues: string[] = [];
  if (new Set(detectors.map((d) => d.id)).size < detectors.length) issues.push('detectors: two have the same id');
  if (new Set(detectors.map((d) => d.name)).size < detectors.length) issues.push('detectors: two have the same name');
  for (const detector of detectors) issues.push(...amplifierIssues(detector));
  if (issues.length > 0) throw cameraError(camera, issues);
}

function amplifierIssues({ name, width, height, amplifiers }: Detector): string[] {
  const issues: string[] = [];
  const whole = makeBox(0, 0, width, height);
  for (const [i, amp] of amplifiers.entries()) {
    if (!boxContains(whole, amp.box)) issues.push(`${name}.${amp.name}: box leaves the detector of ${width} x ${height} pixels`);
    if (amp.box.width !== amp.rawData.width || amp.box.height !== amp.rawData.height)
      issues.push(`${name}.${amp.name}: box and rawData differ in size`);
    if (!(amp.gain > 0)) issues.push(`${name}.${amp.name}: gain must be positive`);
    if (!(amp.readNoise >= 0)) issues.push(`${name}.${amp.name}: readNoise must not be negative`);
    for (const other of amplifiers.slice(i + 1)) {
      if (boxesOverlap(amp.box, other.box)) issues.push(`${name}: boxes of ${amp.name} and ${other.name} overlap`);
      if (amp.name === other.name) issues.push(`${name}: two amplifiers are named ${amp.name}`);
    }
  }
  return issues;
}

/** Parses every expression once, so that a mistake shows when the camera is loaded and not when a header arrives. */
function checkExpressions(camera: string, rules: TranslationRules): void {
  const sources = [rules.match, rules.extensions, ...Object.values(rules.properties).map((r) => (r && 'expr' in r ? r.expr : undefined))];
  for (const { when, set } of rules.corrections ?? []) {
    sources.push(when);
    for (const value of Object.values(set)) if (typeof value === 'object' && value !== null) sources.push(value.expr);
  }
  for (const source of sources) {
    if (source === undefined) continue;
    try {
      parseExpression(source);
    } catch (error) {
      throw cameraError(camera, [error instanceof Error ? error.message : String(error)]);
    }
  }
}
