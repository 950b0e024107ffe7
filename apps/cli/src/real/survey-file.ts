import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { SurveyFileError } from '../survey/errors.ts';

const FORMAT = 'almagest-survey/1';

const starFile = z.strictObject({
  file: z.string(),
  /** Columns of the position on the sky [deg]. */
  ra: z.string().default('ra'),
  dec: z.string().default('dec'),
  /** Column, or difference of two columns, with the magnitude of each band. */
  magnitudes: z.record(z.string(), z.string()),
});

const pixelStars = z.strictObject({
  file: z.string(),
  /** Beginning of the name of the frame whose one-based pixels the positions are. */
  frame: z.string(),
  x: z.string().default('x'),
  y: z.string().default('y'),
  /** What is added to the pixels, where the frame was trimmed. */
  xOffset: z.number().default(0),
  yOffset: z.number().default(0),
  magnitudes: z.record(z.string(), z.string()),
  /** How well the series has to give their magnitudes, as a standard deviation [mag]. */
  withinMag: z.number().positive().optional(),
});

const known = z.strictObject({
  name: z.string(),
  ra: z.number(),
  dec: z.number(),
  /** How far from there it may be found [arcsec]. */
  withinArcsec: z.number().positive(),
  transit: z
    .strictObject({
      /** Middle [UTC], as seen from where the frames were taken. */
      midpoint: z.string(),
      durationHours: z.number().positive(),
      depth: z.number(),
      depthError: z.number(),
    })
    .optional(),
  /** Whether an alert has to tell of it, and with which sign. */
  alert: z.enum(['brighter', 'fainter']).optional(),
});

const survey = z.strictObject({
  format: z.literal(FORMAT),
  title: z.string(),
  /** A camera that ships, or a camera file beside the survey file. */
  camera: z.string(),
  /** Folders or files below the folder of frames. */
  frames: z.array(z.string()).min(1).default(['.']),
  /** `raw`: as the camera wrote it. `reduced`: signature removed, and in electrons when multiplied by the gain. */
  state: z.enum(['raw', 'reduced']),
  /** Makes the dark of the frames themselves: what stays where it is while the sky drifts. */
  fixedPattern: z.boolean().default(false),
  pointingErrorArcmin: z.number().positive().default(5),
  stars: z.strictObject({
    /** Stars that place the series on the sky; without them the WCS or the pointing of the headers is taken. */
    anchors: starFile.optional(),
    /** Stars that give its magnitudes; default: the anchors. Without any, magnitudes count from `zeroPoint`. */
    standards: pixelStars.optional(),
    /** Magnitude of one electron a second where no star has one. */
    zeroPoint: z.number().default(25),
  }),
  /** Which visits make the templates, in the language of data queries; default: all. */
  templates: z.string().optional(),
  /** Which visits are compared with them; default: all. */
  differences: z.string().optional(),
  /** Configuration of tasks, by their labels. */
  config: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  known: z.array(known).default([]),
});

export type KnownObject = z.infer<typeof known>;

/** What a small survey file says, with paths made absolute. */
export interface RealSurvey extends Omit<z.infer<typeof survey>, 'frames' | 'camera'> {
  /** The survey file. */
  readonly path: string;
  readonly framePaths: readonly string[];
  /** Name or path. */
  readonly camera: string;
  /** A file that the survey file names: beside it or below the folder of frames. */
  readonly pathOf: (file: string) => string;
}

/** Folder of the survey files that ship. */
const EXAMPLES: string = join(import.meta.dirname, '../../../../examples');

/**
 * Reads the survey file of a folder of frames: the one given, `survey.yaml` in the folder, or a ready one of `examples/` that is named
 * after the folder.
 *
 * @throws {SurveyFileError} if there is none, or if it is not as it should be.
 */
export function readSurveyFile(folder: string, file?: string): RealSurvey {
  const path = findSurveyFile(resolve(folder), file);
  const parsed = survey.safeParse(parseDocument(path));
  if (!parsed.success) throw new SurveyFileError(`${path}: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`, { details: { path } });
  const { frames, camera, ...rest } = parsed.data;
  const here = dirname(path);
  const pathOf = (name: string): string => {
    const found = [resolve(here, name), resolve(folder, name)].find(existsSync);
    if (found === undefined)
      throw new SurveyFileError(`${path} names ${name}, which is neither beside it nor in ${folder}`, { details: { path } });
    return found;
  };
  const isFile = /\.ya?ml$/.test(camera);
  return { ...rest, path, camera: isFile ? pathOf(camera) : camera, framePaths: frames.map((name) => resolve(folder, name)), pathOf };
}

/** Names of the folders that a survey file ships for. */
export function readySurveys(): string[] {
  return readdirSync(EXAMPLES)
    .map((name) => /^\d+-survey-(.*)$/.exec(name)?.[1])
    .filter((name) => name !== undefined);
}

function findSurveyFile(folder: string, file: string | undefined): string {
  if (file !== undefined) {
    if (existsSync(file)) return resolve(file);
    throw new SurveyFileError(`there is no survey file ${file}`, { details: { path: file } });
  }
  const own = join(folder, 'survey.yaml');
  if (existsSync(own)) return own;
  const names = [basename(folder), `${basename(dirname(folder))}-${basename(folder)}`];
  const ready = readdirSync(EXAMPLES).find((name) => names.some((each) => name.replace(/^\d+-survey-/, '') === each));
  if (ready !== undefined) return join(EXAMPLES, ready, 'survey.yaml');
  throw new SurveyFileError(
    `expected a survey file: ${own}, or --survey FILE; ready ones in examples/ are for folders named ${readySurveys().join(', ')}`,
    { details: { path: own } },
  );
}

function parseDocument(path: string): unknown {
  try {
    return parseYaml(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new SurveyFileError(`${path} is no YAML: ${error instanceof Error ? error.message : String(error)}`, { details: { path } });
  }
}
