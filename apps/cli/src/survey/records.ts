import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Authenticator, requireScope } from '@almagest/auth';
import { AlmagestError } from '@almagest/errors';
import {
  buildLineage,
  findDatasets,
  type Lineage,
  lineageFrom,
  type LineageNode,
  lineageOf,
  type ProvenanceBlock,
  readProvenance,
} from '@almagest/pipeline';
import type { ServicePart } from '@almagest/server';
import {
  buildVerificationMatrix,
  type MatrixRow,
  type MetricsReport,
  type MetricTrend,
  metricTrends,
  parseMetricsReport,
  parseRequirements,
} from '@almagest/verification';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { SurveyFolder } from './survey-folder.ts';

/** Requirements that ship, under their identifiers in the field. */
const REQUIREMENTS: string = join(import.meta.dirname, '../../../../docs/requirements.yaml');
/** Steps of a walk that are sent at most. */
const DEEPEST = 12;
const MOST_NODES = 2000;

/** A step of a walk through provenance as the page gets it. */
export interface ProvenanceNode {
  readonly id: string;
  readonly type: string;
  readonly dataId: Readonly<Record<string, unknown>>;
  readonly run: string;
  readonly task: string | null;
  readonly seconds: number | null;
  /** Shown elsewhere in the tree. */
  readonly repeated: boolean;
  /** Steps that were left out below. */
  readonly more: number;
  readonly next: readonly ProvenanceNode[];
}

/** Metrics of a survey over its reports, and what they say of its requirements. */
export interface QualityRecord {
  readonly runs: readonly string[];
  readonly trends: readonly MetricTrend[];
  readonly matrix: readonly MatrixRow[];
}

const asked = z.object({
  dataset: z.string().min(1).max(400),
  way: z.enum(['of', 'from']).default('of'),
  depth: z.coerce.number().int().min(1).max(DEEPEST).default(3),
});

export interface RecordsOptions {
  readonly survey: SurveyFolder;
  readonly authenticate: Authenticator;
}

/** Mounts `/api/provenance` (where a dataset comes from, or what was made from it) and `/api/quality` (metrics, trends, requirements). */
export function recordsPart({ survey, authenticate }: RecordsOptions): ServicePart {
  const lineage = new LineageOfRepository(join(survey.repository, '.almagest', 'runs'));
  return (app) => {
    app.get('/api/provenance', async (request, reply) => {
      requireScope(await authenticate({ authorization: request.headers.authorization, cookie: request.headers.cookie }), 'read:image');
      const query = asked.safeParse(request.query);
      if (!query.success)
        return reply.code(400).send({ error: { code: 'cli.bad-provenance-query', message: z.prettifyError(query.error) } });
      const { dataset, way, depth } = query.data;
      try {
        const all = lineage.read();
        const found = findDatasets(all, dataset).slice(0, 20);
        const budget = { nodes: MOST_NODES };
        return { nodes: found.map((each) => plain((way === 'of' ? lineageOf : lineageFrom)(all, each), depth, budget)) };
      } catch (error) {
        if (error instanceof AlmagestError) return reply.code(404).send({ error: error.toJSON() });
        throw error;
      }
    });
    app.get('/api/quality', async (request) => {
      requireScope(await authenticate({ authorization: request.headers.authorization, cookie: request.headers.cookie }), 'read:image');
      return readQuality(survey.reports);
    });
  };
}

/** Reads the reports of a survey; files that are none are passed over. */
export function readQuality(folder: string): QualityRecord {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  const reports = names.flatMap((name): MetricsReport[] => {
    try {
      return [parseMetricsReport(JSON.parse(readFileSync(join(folder, name), 'utf8')), name)];
    } catch {
      return [];
    }
  });
  const last = reports.toSorted((a, b) => a.created.localeCompare(b.created)).at(-1);
  const requirements = existsSync(REQUIREMENTS) ? parseRequirements(parseYaml(readFileSync(REQUIREMENTS, 'utf8'))) : [];
  return {
    runs: reports.map(({ run }) => run).toSorted(),
    trends: metricTrends(reports),
    matrix: last ? buildVerificationMatrix(requirements, { metrics: last.metrics }) : [],
  };
}

/** Provenance of all runs of a repository; files are read again when they change. */
class LineageOfRepository {
  readonly #folder: string;
  readonly #files = new Map<string, { readonly stamp: number; readonly blocks: readonly ProvenanceBlock[] }>();
  #joined: Lineage | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  read(): Lineage {
    const names = existsSync(this.#folder)
      ? readdirSync(this.#folder, { recursive: true, encoding: 'utf8' }).filter((name) => /(^|\/)run(-\d+)?\.prov$/.test(name))
      : [];
    for (const name of names.toSorted()) {
      const path = join(this.#folder, name);
      const { mtimeMs: stamp } = statSync(path);
      if (this.#files.get(path)?.stamp === stamp) continue;
      this.#files.set(path, { stamp, blocks: readProvenance(path) });
      this.#joined = undefined;
    }
    this.#joined ??= buildLineage([...this.#files.values()].map(({ blocks }) => blocks));
    return this.#joined;
  }
}

function plain({ dataset, quantum, next, repeated }: LineageNode, depth: number, budget: { nodes: number }): ProvenanceNode {
  budget.nodes -= 1;
  const below = depth > 0 ? next.slice(0, Math.max(0, budget.nodes)) : [];
  return {
    id: dataset.id,
    type: dataset.type,
    dataId: dataset.dataId,
    run: dataset.run,
    task: quantum?.label ?? null,
    seconds: quantum ? (quantum.endedMs - quantum.startedMs) / 1000 : null,
    repeated,
    more: next.length - below.length,
    next: below.map((each) => plain(each, depth - 1, budget)),
  };
}
