import { AlmagestError } from '@almagest/errors';
import { NoWorkError, OutputExistsError, PipelineGraphError, PrerequisiteMissingError } from '../errors.ts';
import { configFor, type PipelineTask, type ResolvedConnection } from '../pipeline/pipeline.ts';
import { type DataId, formatDataId } from '../task/context.ts';
import type { QuantumInputs } from '../task/task.ts';
import type { BuildState } from './build.ts';
import { RowSet } from './coding.ts';
import { type DatasetTable, eachRow } from './dataset-table.ts';
import { Edges } from './edges.ts';
import { columnsOf, type DataIdColumns, type DimensionValue } from './source.ts';
import type { DraftConnection, TaskDraft } from './task-draft.ts';

/** Candidate quanta of one task and which of them are still in. */
interface Candidates {
  readonly task: PipelineTask;
  readonly required: readonly string[];
  readonly dimensions: readonly string[];
  readonly rows: RowSet;
  readonly alive: Uint8Array;
}

/** Finds the quanta of one task and the datasets of each. */
export async function draftTask(task: PipelineTask, start: number, state: BuildState): Promise<TaskDraft> {
  const candidates = await findCandidates(task, state);
  const { rows, alive } = candidates;
  const missing: Record<string, number> = {};
  const lacking: Record<string, DataId[]> = {};
  const edges = new Map<ResolvedConnection, Edges>();
  const byKind = (kind: string): readonly ResolvedConnection[] => task.connections.filter((connection) => connection.kind === kind);
  const drop = (connection: ResolvedConnection, found: Edges): void => {
    const counts = found.counts(rows.length);
    for (let q = 0; q < rows.length; q++)
      if (alive[q] && (counts[q] as number) < connection.minimum) {
        alive[q] = 0;
        missing[connection.datasetType] = (missing[connection.datasetType] ?? 0) + 1;
        const examples = (lacking[connection.datasetType] ??= []);
        if (examples.length < EXAMPLES) examples.push(candidateId(candidates, q, state));
      }
  };
  for (const connection of [...byKind('input'), ...byKind('prerequisite')]) {
    // oxlint-disable-next-line no-await-in-loop -- each one leaves fewer quanta to look up for the next
    const found = await matchInput(connection, candidates, state);
    edges.set(connection, found);
    drop(connection, found);
    if (connection.kind === 'prerequisite') refuseMissing(connection, { task, missing, lacking, state });
  }
  for (const connection of byKind('init-input')) await loadTable(connection.datasetType, state, '');
  const adjusted = adjustQuanta(candidates, edges, state);
  for (const connection of byKind('output')) edges.set(connection, await matchOutput(connection, candidates, state));
  for (const connection of byKind('init-output')) state.tables.get(connection.datasetType)?.insert([]);
  const skipped = await skipExisting(candidates, edges, state);
  await refuseExisting(candidates, edges, state);
  return finish(candidates, edges, { start, state, missing, lacking, adjusted, skipped });
}

/** Data IDs that a report names for each dataset type. */
const EXAMPLES = 10;

interface Missing {
  readonly task: PipelineTask;
  readonly missing: Readonly<Record<string, number>>;
  readonly lacking: Readonly<Record<string, readonly DataId[]>>;
  readonly state: BuildState;
}

function refuseMissing({ datasetType, dimensions }: ResolvedConnection, { task, missing, lacking, state }: Missing): void {
  const { missingPrerequisites = 'refuse', inputCollections: collections } = state.options;
  const [count, dataIds] = [missing[datasetType] ?? 0, lacking[datasetType] ?? []];
  if (count === 0 || missingPrerequisites === 'leave-out') return;
  const more = count > dataIds.length ? ` and ${count - dataIds.length} more` : '';
  throw new PrerequisiteMissingError(
    `task "${task.label}" needs a "${datasetType}" {${dimensions.join(', ')}} for ${dataIds.map((id) => formatDataId(id)).join(', ')}${more}; ` +
      `collections ${collections.join(', ')} hold none that applies`,
    { details: { task: task.label, datasetType, count, dataIds, collections } },
  );
}

function candidateId({ required, dimensions, rows }: Candidates, q: number, { coder }: BuildState): DataId {
  const width = dimensions.length;
  return Object.fromEntries(required.map((name, i) => [name, coder.of(name).values[rows.codes[q * width + i] as number]])) as DataId;
}

async function findCandidates(task: PipelineTask, state: BuildState): Promise<Candidates> {
  const { required, implied } = state.options.source.expandDimensions(task.task.dimensions);
  const dimensions = [...required, ...implied];
  const table = required.length === 0 ? { dimensions: [], columns: [], length: 1 } : await state.query(required, state.having(task.label));
  const rows = new RowSet(dimensions.length, required.length);
  const admits = state.admits(dimensions);
  eachRow(table, dimensions, state.coder, (codes) => {
    if (admits(codes)) rows.insert(codes);
  });
  return { task, required, dimensions, rows, alive: new Uint8Array(rows.length).fill(1) };
}

/** Loads existing datasets of a type that no task of the pipeline makes, once. */
async function loadTable(name: string, { tables, options, graph, coder }: BuildState, where: string): Promise<DatasetTable> {
  const table = tables.get(name) as DatasetTable;
  if (graph.datasetTypes.get(name)?.producer || table.rows.length > 0) return table;
  table.addExisting(await options.source.datasets(name, { where, collections: options.inputCollections }), coder);
  return table;
}

async function matchInput(connection: ResolvedConnection, candidates: Candidates, state: BuildState): Promise<Edges> {
  if (connection.calibration && connection.kind === 'prerequisite') return matchCalibration(connection, candidates, state);
  if (connection.lookup) return matchLookup(connection, candidates, state);
  // A prerequisite may lie outside the query: a reference catalogue is not of one visit.
  const table = await loadTable(connection.datasetType, state, connection.kind === 'input' ? (state.options.where ?? '') : '');
  return matchTable(table, candidates, state, (codes) => table.find(codes));
}

/** Pairs quanta with the rows of a dataset type that `rowOf` finds or makes (-1 for none). */
async function matchTable(
  table: DatasetTable,
  candidates: Candidates,
  state: BuildState,
  rowOf: (codes: Int32Array) => number,
): Promise<Edges> {
  const { dimensions, required, rows, alive } = candidates;
  const edges = new Edges();
  const width = dimensions.length;
  if (table.required.every((name) => dimensions.includes(name))) {
    const places = table.dimensions.map((name) => dimensions.indexOf(name));
    const key = new Int32Array(places.length);
    for (let q = 0; q < rows.length; q++) {
      if (!alive[q]) continue;
      for (let i = 0; i < places.length; i++)
        key[i] = (places[i] as number) < 0 ? -1 : (rows.codes[q * width + (places[i] as number)] as number);
      const row = rowOf(key);
      if (row < 0) continue;
      table.fillImplied(row, key);
      edges.add(q, row);
    }
    return edges;
  }
  if (table.rows.length > 0 && required.every((name) => table.dimensions.includes(name))) {
    // The datasets themselves say which quantum they belong to.
    const places = required.map((name) => table.dimensions.indexOf(name));
    const key = new Int32Array(places.length);
    const datasetWidth = table.dimensions.length;
    for (let row = 0; row < table.rows.length; row++) {
      if (!table.isLive(row)) continue;
      for (let i = 0; i < places.length; i++) key[i] = table.rows.codes[row * datasetWidth + (places[i] as number)] as number;
      const q = rows.find(key);
      if (q >= 0 && alive[q]) edges.add(q, row);
    }
    return edges;
  }
  const relation = await state.query([...new Set([...required, ...table.required])], state.having(candidates.task.label));
  const joint = [...required, ...table.dimensions.filter((name) => !required.includes(name))];
  const places = table.dimensions.map((name) => joint.indexOf(name));
  const key = new Int32Array(places.length);
  const admits = state.admits(joint);
  eachRow(relation, joint, state.coder, (codes) => {
    const q = rows.find(codes);
    if (q < 0 || !alive[q] || !admits(codes)) return;
    for (let i = 0; i < places.length; i++) key[i] = codes[places[i] as number] as number;
    const row = rowOf(key);
    if (row < 0) return;
    table.fillImplied(row, key);
    edges.add(q, row);
  });
  return edges;
}

function columnsOfAlive(
  { dimensions, rows, alive }: Candidates,
  state: BuildState,
): { readonly columns: DataIdColumns; readonly quanta: readonly number[] } {
  const quanta = Array.from(alive.keys()).filter((q) => alive[q]);
  const width = dimensions.length;
  const columns = dimensions.map((name, i) => {
    const { values } = state.coder.of(name);
    return quanta.map((q) => values[rows.codes[q * width + i] as number] as DimensionValue);
  });
  return { columns: { dimensions, columns, length: quanta.length }, quanta };
}

async function matchCalibration(connection: ResolvedConnection, candidates: Candidates, state: BuildState): Promise<Edges> {
  const table = state.tables.get(connection.datasetType) as DatasetTable;
  const { columns, quanta } = columnsOfAlive(candidates, state);
  const found = await state.options.source.calibrations(connection.datasetType, columns, state.options.inputCollections);
  // Several datasets of one data ID, valid at different times, are rows of their own.
  const rowOf = new Map<number, number>();
  const edges = new Edges();
  const known = new Map([...table.existing].map(([row, { id }]) => [id, row]));
  eachRow(found, table.dimensions, state.coder, (codes, i) => {
    const id = found.ids[i] as string;
    let row = known.get(id);
    if (row === undefined) {
      row = appendRow(table, codes);
      const entry = { id, run: found.runs[i] as string };
      const location = found.locations?.[i];
      table.existing.set(row, location === undefined ? entry : { ...entry, location });
      known.set(id, row);
    }
    rowOf.set(i, row);
  });
  const counts = new Uint32Array(quanta.length);
  for (const [i, place] of found.rows.entries()) {
    const row = rowOf.get(place);
    const member = found.members?.[i] ?? i;
    if (row === undefined) continue;
    if (++(counts[member] as number) > 1 && !connection.multiple) refuseSeveral(connection, candidates, quanta[member] as number, state);
    edges.add(quanta[member] as number, row);
  }
  return edges;
}

function refuseSeveral({ datasetType, key, dimensions }: ResolvedConnection, candidates: Candidates, q: number, state: BuildState): never {
  const { task } = candidates;
  throw new PipelineGraphError(
    `task "${task.label}" takes one "${datasetType}" {${dimensions.join(', ')}} as ${key}, and several are valid for ${formatDataId(candidateId(candidates, q, state))}; ` +
      'declare the connection with multiple: true, or give the task the dimensions that tell them apart',
    { details: { subject: datasetType, tasks: [task.label] } },
  );
}

/** Adds a row even when its key is there already. */
function appendRow(table: DatasetTable, codes: ArrayLike<number>): number {
  const row = table.rows.append(codes);
  table.producers.push(-1);
  return row;
}

async function matchLookup(connection: ResolvedConnection, candidates: Candidates, state: BuildState): Promise<Edges> {
  const { options, coder } = state;
  const table = state.tables.get(connection.datasetType) as DatasetTable;
  const { columns, quanta } = columnsOfAlive(candidates, state);
  const edges = new Edges();
  for (const [i, q] of quanta.entries()) {
    const dataId: Record<string, DimensionValue> = {};
    for (const [c, name] of columns.dimensions.entries()) dataId[name] = columns.columns[c]?.[i] as DimensionValue;
    const find = async (where: string): Promise<readonly DataId[]> => {
      const found = await options.source.datasets(connection.datasetType, { where, collections: options.inputCollections });
      table.addExisting(found, coder);
      return Array.from(
        { length: found.length },
        (_, row) => Object.fromEntries(found.dimensions.map((name, c) => [name, found.columns[c]?.[row]])) as DataId,
      );
    };
    // oxlint-disable-next-line no-await-in-loop -- lookups share one connection to the registry
    const wanted = await connection.lookup?.(dataId, find);
    eachRow(columnsOf(table.dimensions, wanted ?? []), table.dimensions, coder, (codes) => {
      const row = table.find(codes);
      if (row >= 0) edges.add(q, row);
    });
  }
  return edges;
}

async function matchOutput(connection: ResolvedConnection, candidates: Candidates, state: BuildState): Promise<Edges> {
  const table = state.tables.get(connection.datasetType) as DatasetTable;
  return matchTable(table, candidates, state, (codes) => table.insert(codes));
}

/** Lets the task trim its inputs; returns the number of quanta dropped by reason. */
function adjustQuanta(candidates: Candidates, edges: Map<ResolvedConnection, Edges>, state: BuildState): Record<string, number> {
  const { task, alive, rows } = candidates;
  const { adjustQuantum } = task.task;
  const adjusted: Record<string, number> = {};
  if (!adjustQuantum) return adjusted;
  const { columns, quanta } = columnsOfAlive(candidates, state);
  const all = Int32Array.from({ length: rows.length }, (_, q) => q);
  const grouped = [...edges].map(([connection, found]) => ({
    connection,
    table: state.tables.get(connection.datasetType) as DatasetTable,
    ...found.group(all, rows.length),
  }));
  const trimmed = new Map(grouped.map(({ connection }) => [connection, new Edges()]));
  for (const [i, q] of quanta.entries()) {
    const dataId = Object.fromEntries(columns.dimensions.map((name, c) => [name, columns.columns[c]?.[i]])) as DataId;
    const inputs: Record<string, DataId[]> = {};
    for (const { connection, table, offsets, rows: list } of grouped)
      inputs[connection.key] = Array.from(list.subarray(offsets[q], offsets[q + 1]), (row) => decodeRow(table, row, state));
    try {
      const result = adjustQuantum(inputs, configFor(task, dataId), dataId);
      for (const { connection, offsets, rows: list } of grouped) {
        const kept = keptIndices(inputs, result, connection.key);
        if (kept.length < connection.minimum) throw new NoWorkError(`fewer than ${connection.minimum} of ${connection.key}`);
        for (const k of kept) trimmed.get(connection)?.add(q, list[(offsets[q] as number) + k] as number);
      }
    } catch (error) {
      if (!(error instanceof AlmagestError)) throw error;
      alive[q] = 0;
      adjusted[error.message] = (adjusted[error.message] ?? 0) + 1;
    }
  }
  for (const [connection, found] of trimmed) edges.set(connection, found);
  return adjusted;
}

function keptIndices(before: QuantumInputs, after: QuantumInputs, key: string): readonly number[] {
  const wanted = new Set((after[key] ?? []).map((dataId) => formatDataId(dataId)));
  return (before[key] ?? []).flatMap((dataId, i) => (wanted.has(formatDataId(dataId)) ? [i] : []));
}

function decodeRow(table: DatasetTable, row: number, state: BuildState): DataId {
  const width = table.dimensions.length;
  const entries = table.dimensions.map(
    (name, i) => [name, state.coder.of(name).values[table.rows.codes[row * width + i] as number]] as const,
  );
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as DataId;
}

/** Drops quanta whose outputs all exist, and keeps those outputs as inputs of later tasks. */
async function skipExisting(candidates: Candidates, edges: Map<ResolvedConnection, Edges>, state: BuildState): Promise<number> {
  const { skipExistingIn, retained, where = '', source } = state.options;
  const { task, alive, rows } = candidates;
  if (!skipExistingIn || skipExistingIn.length === 0) return 0;
  const outputs = task.connections.filter(({ kind }) => kind === 'output');
  const complete = new Uint8Array(rows.length).fill(1);
  let counted = false;
  for (const connection of outputs) {
    const table = state.tables.get(connection.datasetType) as DatasetTable;
    // oxlint-disable-next-line no-await-in-loop -- one connection to the registry
    const found = await source.datasets(connection.datasetType, { where, collections: skipExistingIn });
    const predicted = table.rows.length;
    table.addExisting(found, state.coder);
    if (connection.optional || (retained && !retained.includes(connection.datasetType))) continue;
    counted = true;
    const pairs = edges.get(connection) as Edges;
    const counts = pairs.counts(rows.length);
    for (let q = 0; q < rows.length; q++) if ((counts[q] as number) === 0) complete[q] = 0;
    for (let i = 0; i < pairs.rows.length; i++) {
      const row = pairs.rows.at(i);
      if (row < predicted && !table.existing.has(row)) complete[pairs.quanta.at(i)] = 0;
    }
  }
  if (!counted) return 0;
  let skipped = 0;
  for (let q = 0; q < rows.length; q++)
    if (alive[q] && complete[q]) {
      alive[q] = 0;
      skipped++;
    }
  return skipped;
}

async function refuseExisting(candidates: Candidates, edges: Map<ResolvedConnection, Edges>, state: BuildState): Promise<void> {
  const { clobber, outputRun, where = '', source } = state.options;
  for (const connection of candidates.task.connections) {
    if (connection.kind !== 'output' || clobber) continue;
    const table = state.tables.get(connection.datasetType) as DatasetTable;
    // oxlint-disable-next-line no-await-in-loop -- one connection to the registry
    const found = await source.datasets(connection.datasetType, { where, collections: [outputRun] });
    if (found.length === 0) continue;
    const there = new Set<number>();
    eachRow(found, table.dimensions, state.coder, (codes) => void there.add(table.rows.find(codes)));
    const pairs = edges.get(connection) as Edges;
    let clashes = 0;
    let first = -1;
    for (let i = 0; i < pairs.rows.length; i++)
      if (candidates.alive[pairs.quanta.at(i)] && there.has(pairs.rows.at(i))) {
        clashes++;
        first = pairs.rows.at(i);
      }
    if (clashes > 0)
      throw new OutputExistsError(
        `${clashes} of "${connection.datasetType}" exist already in run "${outputRun}", such as ${formatDataId(decodeRow(table, first, state))}; ` +
          `skip them with skip-existing-in, replace them with clobber, or write to another run`,
      );
  }
}

interface FinishOptions {
  readonly start: number;
  readonly state: BuildState;
  readonly missing: Readonly<Record<string, number>>;
  readonly lacking: Readonly<Record<string, readonly DataId[]>>;
  readonly adjusted: Readonly<Record<string, number>>;
  readonly skipped: number;
}

function finish(
  candidates: Candidates,
  edges: Map<ResolvedConnection, Edges>,
  { start, state, missing, lacking, adjusted, skipped }: FinishOptions,
): TaskDraft {
  const { task, rows, alive, dimensions, required } = candidates;
  const width = dimensions.length;
  const renumber = new Int32Array(rows.length).fill(-1);
  let count = 0;
  for (let q = 0; q < rows.length; q++) if (alive[q]) renumber[q] = count++;
  const codes = new Int32Array(count * width);
  for (let q = 0; q < rows.length; q++)
    if (alive[q]) codes.set(rows.codes.subarray(q * width, (q + 1) * width), (renumber[q] as number) * width);
  const connections = task.connections.map((connection): DraftConnection => {
    const { kind, datasetType } = connection;
    const found = edges.get(connection);
    if (!found) return { connection, kind, datasetType, offsets: new Int32Array(0), rows: new Int32Array(0) };
    const grouped = found.group(renumber, count);
    if (kind === 'output') claim(connection, grouped, { start, state, label: task.label });
    return { connection, kind, datasetType, ...grouped };
  });
  for (const { connection, rows: list } of connections)
    if (connection.kind === 'output') dropPredicted(state.tables.get(connection.datasetType) as DatasetTable, list);
  const report = { label: task.label, candidates: rows.length, quanta: count, skipped, missing, lacking, adjusted };
  return { task, dimensions, requiredCount: required.length, start, count, codes, connections, report };
}

/** Marks each output with its quantum. @throws {PipelineGraphError} if two quanta would write one dataset. */
function claim(
  connection: ResolvedConnection,
  { offsets, rows }: { readonly offsets: Int32Array; readonly rows: Int32Array },
  { start, state, label }: { readonly start: number; readonly state: BuildState; readonly label: string },
): void {
  const table = state.tables.get(connection.datasetType) as DatasetTable;
  const producers = table.producers.view();
  for (let q = 0; q + 1 < offsets.length; q++)
    for (let i = offsets[q] as number; i < (offsets[q + 1] as number); i++) {
      const row = rows[i] as number;
      if ((producers[row] as number) >= 0)
        throw new PipelineGraphError(
          `two quanta of task "${label}" would write the same "${connection.datasetType}" ${formatDataId(decodeRow(table, row, state))}; ` +
            `its dimensions must tell the task's quanta apart`,
        );
      producers[row] = start + q;
      table.existing.delete(row);
    }
}

/** Takes predicted outputs of dropped quanta out of reach of later tasks. */
function dropPredicted(table: DatasetTable, kept: Int32Array): void {
  const live = new Uint8Array(table.rows.length);
  for (const row of kept) live[row] = 1;
  for (const row of table.existing.keys()) live[row] = 1;
  table.live = live;
}
