import { askJson } from './problem.ts';

/** A metric over the runs of a survey. */
export interface Trend {
  readonly name: string;
  readonly band?: string;
  readonly unit: string;
  readonly points: readonly { readonly run: string; readonly created: string; readonly value: number | null }[];
  readonly change: number | null;
  readonly last: {
    readonly value: number | null;
    readonly verdict: string;
    readonly thresholds: Readonly<Record<string, number | readonly [number, number]>>;
  };
}

export interface Requirement {
  readonly id: string;
  readonly title: string;
  readonly result: 'passed' | 'failed' | 'unknown';
  readonly evidence: readonly { readonly text: string; readonly result: 'passed' | 'failed' | 'unknown' }[];
}

export interface Quality {
  readonly runs: readonly string[];
  readonly trends: readonly Trend[];
  readonly matrix: readonly Requirement[];
}

export async function getQuality(signal?: AbortSignal): Promise<Quality> {
  return await askJson<Quality>('/api/quality', signal ? { signal } : {});
}

/** A dataset and what lies behind or before it. */
export interface ProvenanceNode {
  readonly id: string;
  readonly type: string;
  readonly dataId: Readonly<Record<string, string | number>>;
  readonly run: string;
  readonly task: string | null;
  readonly seconds: number | null;
  readonly repeated: boolean;
  readonly more: number;
  readonly next: readonly ProvenanceNode[];
}

export type Way = 'of' | 'from';

export async function getProvenance(
  dataset: string,
  options: { readonly way: Way; readonly depth: number; readonly signal?: AbortSignal },
): Promise<readonly ProvenanceNode[]> {
  const search = new URLSearchParams({ dataset, way: options.way, depth: String(options.depth) });
  const reply = await askJson<{ nodes: readonly ProvenanceNode[] }>(
    `/api/provenance?${search}`,
    options.signal ? { signal: options.signal } : {},
  );
  return reply.nodes;
}
