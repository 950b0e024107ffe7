import { DaliParameters } from '@almagest/dali';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createSerializer } from '../formats/serializer.ts';
import type { Job } from '../models/job.ts';
import { identityOf, type JobLimits, type JobRunner, type JobSurroundings } from './job-service.ts';
import { readQuery } from './query-parameters.ts';
import type { QueryService } from './query-service.ts';
import { loadUploads } from './uploads.ts';

/** Jobs that are queries: the result is streamed to a file, which takes its name when it is whole. */
export function createQueryRunner(queries: QueryService, limits: JobLimits): JobRunner {
  return {
    // One with uploads or a mistake is seen to in its turn.
    laneOf: async (job) => {
      if (job.uploads.length > 0) return 'slow';
      try {
        const { adql, maxRows } = readQuery(new DaliParameters(job.parameters), limits);
        return (await queries.prepare({ adql, maxRows, identity: identityOf(job) })).estimate.lane;
      } catch {
        return 'fast';
      }
    },
    run: (job, surroundings) => runQuery(job, surroundings, queries, limits),
  };
}

async function runQuery(
  job: Job,
  { folder, signal, report }: JobSurroundings,
  queries: QueryService,
  limits: JobLimits,
): Promise<Pick<Job, 'result'>> {
  const query = readQuery(new DaliParameters(job.parameters), limits);
  const content = await Promise.all(job.uploads.map(async ({ name, file }) => ({ name, bytes: await readFile(join(folder, file)) })));
  const { tables, release } = await loadUploads(queries.engine, content, job.id.replaceAll('-', ''), limits.uploads);
  try {
    const prepared = await queries.prepare({ adql: query.adql, maxRows: query.maxRows, uploads: tables, identity: identityOf(job) });
    const answer = await prepared.run(signal);
    const serializer = await createSerializer(query.format.name, { columns: answer.columns, query: query.adql });
    const path = join(folder, 'result');
    const file = createWriteStream(`${path}.part`);
    let rows = 0;
    let bytes = 0;
    const write = async (chunk: Uint8Array): Promise<void> => {
      bytes += chunk.length;
      if (!file.write(chunk)) await once(file, 'drain');
    };
    try {
      await write(serializer.start());
      for await (const batch of answer.batches) {
        rows += batch.nrows;
        await write(await serializer.rows(batch));
        report({ rows, bytes });
      }
      await write(await serializer.finish({ overflow: answer.overflowed() }));
    } finally {
      file.end();
      await once(file, 'close');
    }
    await rename(`${path}.part`, path);
    return { result: { contentType: query.format.contentType, bytes, rows, overflow: answer.overflowed() } };
  } finally {
    await release();
  }
}
