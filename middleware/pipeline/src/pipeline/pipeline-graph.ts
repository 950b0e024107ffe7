import { PipelineGraphError } from '../errors.ts';
import type { Pipeline, PipelineTask, ResolvedConnection } from './pipeline.ts';

export type DatasetRole = 'overall-input' | 'intermediate' | 'output' | 'prerequisite' | 'init-input' | 'init-output';

/** A dataset type as the tasks of a pipeline agree on it. */
export interface DatasetTypeNode {
  readonly name: string;
  /** As its producer declares, else as the first consumer does. */
  readonly storageClass: string;
  readonly dimensions: readonly string[];
  readonly calibration: boolean;
  readonly role: DatasetRole;
  readonly producer?: { readonly label: string; readonly key: string };
  readonly consumers: readonly { readonly label: string; readonly key: string }[];
}

/** Tasks in an order in which every producer precedes its consumers, and the dataset types between them. */
export interface PipelineGraph {
  readonly description: string;
  readonly tasks: readonly PipelineTask[];
  readonly datasetTypes: ReadonlyMap<string, DatasetTypeNode>;
  /** Labels that must run before a label, directly. */
  readonly upstream: ReadonlyMap<string, readonly string[]>;
  readonly downstream: ReadonlyMap<string, readonly string[]>;
}

export interface PipelineGraphOptions {
  /** Dataset types that exist in the repository: dimensions and storage class are checked against them. */
  readonly registered?: (name: string) => { readonly dimensions: readonly string[]; readonly storageClass: string } | undefined;
  /** Whether data written as one storage class can be read as another; by default only the same one. */
  readonly convertible?: (from: string, to: string) => boolean;
}

const isOutput = (connection: ResolvedConnection): boolean => connection.kind === 'output' || connection.kind === 'init-output';

/**
 * Joins tasks by dataset type and checks that they fit.
 *
 * @throws {PipelineGraphError} naming the tasks of a cycle, of two producers, or of a mismatch.
 */
export function buildPipelineGraph(pipeline: Pick<Pipeline, 'description' | 'tasks'>, options: PipelineGraphOptions = {}): PipelineGraph {
  const tasks = [...pipeline.tasks.values()];
  const datasetTypes = collectDatasetTypes(tasks, options);
  const upstream = new Map<string, string[]>(tasks.map(({ label }) => [label, []]));
  const downstream = new Map<string, string[]>(tasks.map(({ label }) => [label, []]));
  for (const { producer, consumers } of datasetTypes.values())
    for (const { label } of producer ? consumers : []) {
      const before = producer?.label ?? '';
      if (upstream.get(label)?.includes(before)) continue;
      upstream.get(label)?.push(before);
      downstream.get(before)?.push(label);
    }
  const order = sortTasks(
    tasks.map(({ label }) => label),
    upstream,
    datasetTypes,
  );
  const sorted = order.map((label) => pipeline.tasks.get(label) as PipelineTask);
  return { description: pipeline.description, tasks: sorted, datasetTypes, upstream, downstream };
}

interface Use {
  readonly label: string;
  readonly connection: ResolvedConnection;
}

function collectDatasetTypes(tasks: readonly PipelineTask[], options: PipelineGraphOptions): Map<string, DatasetTypeNode> {
  const producers = new Map<string, Use>();
  const consumers = new Map<string, Use[]>();
  for (const { label, connections } of tasks)
    for (const connection of connections) {
      const { datasetType } = connection;
      if (!isOutput(connection)) {
        consumers.set(datasetType, [...(consumers.get(datasetType) ?? []), { label, connection }]);
        continue;
      }
      const other = producers.get(datasetType);
      if (other)
        throw new PipelineGraphError(`tasks "${other.label}" and "${label}" both produce "${datasetType}"; rename one by a template`);
      if (connection.component !== undefined)
        throw new PipelineGraphError(`task "${label}" writes component "${connection.name}"; write the whole`);
      producers.set(datasetType, { label, connection });
    }
  const nodes = new Map<string, DatasetTypeNode>();
  for (const name of [...new Set([...producers.keys(), ...consumers.keys()])].toSorted())
    nodes.set(name, makeNode(name, { producer: producers.get(name), consumers: consumers.get(name) ?? [], options }));
  return nodes;
}

function makeNode(
  name: string,
  {
    producer,
    consumers,
    options,
  }: { readonly producer: Use | undefined; readonly consumers: readonly Use[]; readonly options: PipelineGraphOptions },
): DatasetTypeNode {
  const first = producer ?? consumers.find(({ connection }) => connection.component === undefined) ?? (consumers[0] as Use);
  const known = options.registered?.(name);
  const dimensions = known?.dimensions ?? first.connection.dimensions;
  const whole = first.connection.component === undefined;
  const storageClass = known?.storageClass ?? (whole ? first.connection.storageClass : '');
  const uses = producer ? [producer, ...consumers] : consumers;
  const origin = known ? 'the repository' : `task "${first.label}"`;
  for (const { label, connection } of uses) {
    if (!sameSet(connection.dimensions, dimensions))
      throw new PipelineGraphError(
        `dataset type "${name}": task "${label}" has dimensions {${connection.dimensions.join(', ')}}, ${origin} has {${dimensions.join(', ')}}`,
      );
    if (connection.component !== undefined || storageClass === '' || connection.storageClass === storageClass) continue;
    const [from, to] = isOutput(connection) ? [connection.storageClass, storageClass] : [storageClass, connection.storageClass];
    if (!options.convertible?.(from, to))
      throw new PipelineGraphError(
        `dataset type "${name}": task "${label}" uses storage class ${connection.storageClass}, ${origin} uses ${storageClass}`,
      );
  }
  const place = ({ label, connection: { key } }: Use): { label: string; key: string } => ({ label, key });
  const node = {
    name,
    storageClass,
    dimensions,
    calibration: uses.some(({ connection }) => connection.calibration),
    role: roleOf(producer, consumers),
  };
  return producer ? { ...node, producer: place(producer), consumers: consumers.map(place) } : { ...node, consumers: consumers.map(place) };
}

function roleOf(producer: Use | undefined, consumers: readonly Use[]): DatasetRole {
  if (producer?.connection.kind === 'init-output') return 'init-output';
  if (producer) return consumers.length > 0 ? 'intermediate' : 'output';
  const kinds = new Set(consumers.map(({ connection }) => connection.kind));
  return kinds.has('input') ? 'overall-input' : kinds.has('prerequisite') ? 'prerequisite' : 'init-input';
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name) => right.includes(name));
}

/** Orders labels by dependency; among the ready ones the file's order holds. */
function sortTasks(
  labels: readonly string[],
  upstream: ReadonlyMap<string, readonly string[]>,
  datasetTypes: ReadonlyMap<string, DatasetTypeNode>,
): readonly string[] {
  const done = new Set<string>();
  let waiting = [...labels];
  while (waiting.length > 0) {
    const next = waiting.find((label) => upstream.get(label)?.every((before) => done.has(before)));
    if (next === undefined) throw new PipelineGraphError(`tasks wait for each other: ${describeCycle(waiting, upstream, datasetTypes)}`);
    done.add(next);
    waiting = waiting.filter((label) => label !== next);
  }
  return [...done];
}

function describeCycle(
  waiting: readonly string[],
  upstream: ReadonlyMap<string, readonly string[]>,
  datasetTypes: ReadonlyMap<string, DatasetTypeNode>,
): string {
  const path = [waiting[0] ?? ''];
  for (;;) {
    const before = upstream.get(path.at(-1) ?? '')?.find((label) => waiting.includes(label)) ?? '';
    const at = path.indexOf(before);
    path.push(before);
    if (at < 0) continue;
    const circle = path.slice(at).toReversed();
    const via = (from: string, to: string): string =>
      [...datasetTypes.values()].find(({ producer, consumers }) => producer?.label === from && consumers.some(({ label }) => label === to))
        ?.name ?? '?';
    return circle.map((label, i) => (i === 0 ? label : `-[${via(circle[i - 1] ?? '', label)}]-> ${label}`)).join(' ');
  }
}

/** Every label from which one of `labels` can be reached (`upstream`), or that can be reached from one; they themselves are left out unless on the way. */
export function reachable(graph: PipelineGraph, labels: Iterable<string>, direction: 'upstream' | 'downstream'): Set<string> {
  const found = new Set<string>();
  const stack = [...labels];
  for (let label = stack.pop(); label !== undefined; label = stack.pop())
    for (const next of graph[direction].get(label) ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      stack.push(next);
    }
  return found;
}
