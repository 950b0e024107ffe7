import { existsSync } from 'node:fs';
import { openProvenance, type ProvenanceBlock, readProvenance } from '../provenance/provenance-file.ts';
import { isDone, type QuantumResult, type QuantumStatus } from './result.ts';
import { datasetsOf, finalResults } from './run-graph.ts';
import type { Registrar } from './store.ts';

export interface AggregateOptions {
  /** Provenance files of the parts; those that do not exist yet are passed over. */
  readonly parts: readonly string[];
  /** File of the whole run. */
  readonly provenancePath: string;
  readonly registrar?: Registrar;
}

const BATCH = 1000;

/**
 * Joins the parts of a run into its provenance file and registers their outputs.
 *
 * Can be repeated: attempts that are in the file already are left alone, and outputs are registered again only if a call was cut short.
 * @returns How many quanta of the run ended in each way.
 */
export async function aggregateParts({
  parts,
  provenancePath,
  registrar,
}: AggregateOptions): Promise<Readonly<Record<QuantumStatus, number>>> {
  const { writer, blocks } = openProvenance(provenancePath, { durable: true });
  try {
    const known = new Set(blocks.flatMap((block) => (block.kind === 'quanta' ? block.results.map(identityOf) : [])));
    let quantaBlocks = blocks.filter(({ kind }) => kind === 'quanta').length;
    let registered = Math.max(0, ...blocks.map((block) => (block.kind === 'registered' ? block.blocks : 0)));
    let hasSession = blocks.some(({ kind }) => kind === 'session');
    for (const [i, block] of blocks.filter((each) => each.kind === 'quanta').entries())
      // oxlint-disable-next-line no-await-in-loop -- in the order of the run
      if (i >= registered) await registrar?.register(block.results.filter(({ status }) => isDone(status)).flatMap(datasetsOf));
    const all: ProvenanceBlock[] = [...blocks];
    for (const part of parts) {
      if (!existsSync(part)) continue;
      const found = readProvenance(part);
      all.push(...found);
      const session = found.find(({ kind }) => kind === 'session');
      if (session && !hasSession) writer.append(session);
      hasSession ||= session !== undefined;
      const fresh = found.flatMap((block) =>
        block.kind === 'quanta' ? block.results.filter((result) => !known.has(identityOf(result))) : [],
      );
      for (let at = 0; at < fresh.length; at += BATCH) {
        const results = fresh.slice(at, at + BATCH);
        writer.append({ kind: 'quanta', results });
        quantaBlocks++;
        // oxlint-disable-next-line no-await-in-loop -- one writer
        await registrar?.register(results.filter(({ status }) => isDone(status)).flatMap(datasetsOf));
      }
    }
    registered = quantaBlocks;
    writer.append({ kind: 'registered', blocks: registered });
    return countStatuses(finalResults(all));
  } finally {
    writer.close();
  }
}

function identityOf({ quantum, attempt, startedMs, status }: QuantumResult): string {
  return `${quantum}/${attempt}/${startedMs}/${status}`;
}

/** Counts results by status. */
export function countStatuses(results: Iterable<QuantumResult>): Record<QuantumStatus, number> {
  const counts: Record<QuantumStatus, number> = { success: 0, 'no-work': 0, unprocessable: 0, partial: 0, failed: 0, blocked: 0 };
  for (const { status } of results) counts[status]++;
  return counts;
}
