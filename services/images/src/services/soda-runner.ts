import { parameterError, DaliParameters } from '@almagest/dali';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job, JobResult, JobRunner, JobSurroundings } from '@almagest/tap';
import { AlmagestError } from '@almagest/errors';
import { CutoutOutsideError } from '../errors.ts';
import { type Publisher, publisherId } from '../models/obscore.ts';
import { parseShape, type SkyShape } from '../models/sky-shape.ts';
import type { ImageCatalog } from '../storage/image-catalog.ts';
import { cutoutBytes, cutOutShape } from './cutout.ts';
import { findImages } from './find-images.ts';

/** Most cutouts that one job makes. */
export const MAX_JOB_CUTOUTS = 5000;

/** Parameters that give a shape. @see SODA 1.0, section 3.3 */
const SHAPES = ['CIRCLE', 'POLYGON', 'RANGE', 'POS'] as const;

interface Cutout {
  readonly id: string;
  readonly shape: SkyShape;
  readonly text: string;
}

/**
 * Jobs that cut out: every image of the list with every shape, each a result of its own. Without a list of images those are taken
 * that a shape touches, of the dataset type TYPE and by the parameters of SIA: the stamps of one position over all epochs.
 *
 * The result `summary` has a line a cutout: name of the result, image, shape, and `ok`, `outside` or what went wrong.
 */
export function createSodaRunner(catalog: ImageCatalog, publisher: Omit<Publisher, 'baseUrl'>): JobRunner {
  return {
    laneOf: (job) => Promise.resolve(job.parameters.length > 20 ? 'slow' : 'fast'),
    run: (job, surroundings) => runCutouts(job, surroundings, catalog, { ...publisher, baseUrl: '' }),
  };
}

async function runCutouts(
  job: Job,
  { folder, signal, report }: JobSurroundings,
  catalog: ImageCatalog,
  publisher: Publisher,
): Promise<Pick<Job, 'results'>> {
  const cutouts = await listCutouts(new DaliParameters(job.parameters), catalog, publisher);
  const results: JobResult[] = [];
  const lines: string[] = [];
  const note = (name: string, { id, text }: Cutout, status: string): void =>
    void lines.push([name, publisherId(publisher, id), text, status].join('\t'));
  let total = 0;
  for (const [n, cutout] of cutouts.entries()) {
    signal.throwIfAborted();
    const name = `cutout-${String(n + 1).padStart(4, '0')}`;
    try {
      const bytes = await cutoutBytes(await cutOutShape(catalog, cutout.id, cutout.shape));
      await writeFile(join(folder, name), bytes);
      results.push({ id: name, contentType: 'application/fits', bytes: bytes.length });
      total += bytes.length;
      note(name, cutout, 'ok');
    } catch (error) {
      if (!(error instanceof AlmagestError) || error.fault === 'internal') throw error;
      note('-', cutout, error instanceof CutoutOutsideError ? 'outside' : `${error.message} [${error.code}]`);
    }
    report({ rows: n + 1, bytes: total });
  }
  const summary = Buffer.from(`${lines.join('\n')}\n`);
  await writeFile(join(folder, 'summary'), summary);
  return { results: [...results, { id: 'summary', contentType: 'text/tab-separated-values', bytes: summary.length }] };
}

/** @throws {DaliParameterError} @throws {ImageNotFoundError} */
async function listCutouts(parameters: DaliParameters, catalog: ImageCatalog, publisher: Publisher): Promise<readonly Cutout[]> {
  const shapes = SHAPES.flatMap((name) =>
    parameters.all(name).map((text) => ({ shape: parseShape(text, name), text: name === 'POS' ? text.trim() : `${name} ${text.trim()}` })),
  );
  if (shapes.length === 0) throw parameterError('POS', 'or CIRCLE, POLYGON or RANGE is missing');
  const ids = parameters.all('ID').map((id) => (id.includes('?') ? id.slice(id.lastIndexOf('?') + 1) : id));
  for (const id of ids) await catalog.getRef(id);
  const images = ids.length > 0 ? undefined : await catalog.list();
  const type = parameters.find('TYPE');
  const cutouts = shapes.flatMap(({ shape, text }): Cutout[] => {
    if (!images) return ids.map((id) => ({ id, shape, text }));
    const others = parameters.names
      .filter((name) => !SHAPES.some((each) => each === name))
      .flatMap((name) => parameters.all(name).map((value) => [name, value] as const));
    const found = findImages(images, new DaliParameters([...others, ['POS', text]]), publisher);
    return found.filter((image) => type === undefined || image.type === type).map(({ id }) => ({ id, shape, text }));
  });
  if (cutouts.length > MAX_JOB_CUTOUTS)
    throw parameterError('ID', `with the shapes makes ${cutouts.length} cutouts; a job makes ${MAX_JOB_CUTOUTS} at most`);
  return cutouts;
}
