import { evaluateContract } from '../pipeline/contract.ts';
import { Coder, IntList, RowSet } from './coding.ts';
import { eachRow } from './dataset-table.ts';
import { type DataIdColumns, dataIdAt, type DataIdQuery, type DatasetColumns, type DimensionValue, type GraphSource } from './source.ts';

/** Records of one dimension, or a relation between several such as the overlaps of visits with patches. */
export interface MemoryTable {
  /** Columns that identify a row, then implied ones. */
  readonly rows: DataIdColumns;
  /** The table joins in when all of these are asked for. */
  readonly joins: readonly string[];
}

export interface MemoryDatasets {
  readonly dimensions: readonly string[];
  readonly storageClass: string;
  /** Datasets by collection. */
  readonly collections: Readonly<Record<string, DatasetColumns>>;
  /** For calibrations: picks the dataset of a quantum's data ID, by row, or -1. */
  readonly validFor?: (dataId: Readonly<Record<string, DimensionValue>>) => number;
}

export interface MemorySourceOptions {
  /** Dimensions that each dimension brings with it as part of its key (`visit: ['instrument']`). */
  readonly required: Readonly<Record<string, readonly string[]>>;
  /** Dimensions that follow from each (`visit: ['band']`). */
  readonly implied?: Readonly<Record<string, readonly string[]>>;
  readonly tables: readonly MemoryTable[];
  readonly datasetTypes: Readonly<Record<string, MemoryDatasets>>;
}

/**
 * A repository in memory: a fake for tests, and the engine of synthetic graphs.
 *
 * Its query language is that of contracts: `visit > 5 and detector in [1, 2]`.
 */
export function memorySource(options: MemorySourceOptions): GraphSource {
  const closure = (dimensions: readonly string[]): string[] => {
    const all = new Set<string>();
    const add = (name: string): void => {
      for (const other of options.required[name] ?? []) add(other);
      all.add(name);
    };
    dimensions.forEach(add);
    const implied = impliedBy([...all]);
    return [...all].filter((name) => !implied.includes(name));
  };
  const impliedBy = (dimensions: readonly string[]): string[] => {
    const found = new Set(dimensions.flatMap((name) => options.implied?.[name] ?? []));
    for (const name of found) for (const other of options.implied?.[name] ?? []) found.add(other);
    return [...found];
  };
  const expandDimensions: GraphSource['expandDimensions'] = (dimensions) => {
    const required = closure(dimensions);
    return { required, implied: impliedBy(required).filter((name) => !required.includes(name)) };
  };
  const bringing = (name: string): readonly string[] =>
    options.tables.some(({ joins }) => joins.includes(name))
      ? [name]
      : (options.tables.find(({ rows }) => rows.dimensions.includes(name))?.joins ?? [name]);
  const datasets = (name: string, { where, collections }: Pick<DataIdQuery, 'where' | 'collections'>): DatasetColumns => {
    const type = options.datasetTypes[name];
    const dimensions = type ? closure(type.dimensions) : [];
    const parts = collections.flatMap((collection) => type?.collections[collection] ?? []);
    return selectDatasets(parts, dimensions, where);
  };
  const dataIds = (dimensions: readonly string[], query: DataIdQuery): DataIdColumns => {
    const { required, implied } = expandDimensions(dimensions);
    const inWhere = Object.keys(options.required).filter((name) => new RegExp(`\\b${name}\\b`).test(query.where));
    // A dimension that nothing else brings in comes with the first table that holds it.
    const wide = closure([...required, ...inWhere.flatMap((name) => (implied.includes(name) ? [] : bringing(name)))]);
    const tables = options.tables.filter(({ joins }) => joins.every((name) => wide.includes(name)));
    const coder = new Coder();
    let joined = tables.reduce<Joined | undefined>((left, table) => joinTables(left, table.rows, coder), undefined) ?? emptyJoined();
    for (const name of query.having) joined = joinTables(joined, projectDatasets(datasets(name, { ...query, where: '' }), required), coder);
    return project(joined, [...required, ...implied], { coder, where: query.where, keyWidth: required.length });
  };
  return {
    expandDimensions,
    dataIds: (dimensions, query) => Promise.resolve(dataIds(dimensions, query)),
    datasets: (name, query) => Promise.resolve(datasets(name, query)),
    calibrations(name, quanta, collections) {
      const found = datasets(name, { where: '', collections });
      const pick = options.datasetTypes[name]?.validFor;
      const rows = Int32Array.from({ length: quanta.length }, (_, i) => (pick && found.length > 0 ? pick(dataIdAt(quanta, i)) : -1));
      return Promise.resolve({ ...found, rows });
    },
    datasetType(name) {
      const type = options.datasetTypes[name];
      return Promise.resolve(type && { dimensions: type.dimensions, storageClass: type.storageClass });
    },
  };
}

interface Joined {
  readonly dimensions: readonly string[];
  /** Rows one after the other. */
  readonly codes: Int32Array;
  readonly length: number;
}

const emptyJoined = (): Joined => ({ dimensions: [], codes: new Int32Array(0), length: 1 });

/** Natural join by a hash of the common columns; rows of `left` stay in order. */
function joinTables(left: Joined | undefined, table: DataIdColumns, coder: Coder): Joined {
  const right = encodeTable(table, coder);
  if (!left) return right;
  const on = left.dimensions.filter((name) => right.dimensions.includes(name));
  const extra = right.dimensions.filter((name) => !left.dimensions.includes(name));
  const [lw, rw] = [left.dimensions.length, right.dimensions.length];
  const [leftPlaces, rightPlaces, extraPlaces] = [
    on.map((name) => left.dimensions.indexOf(name)),
    on.map((name) => right.dimensions.indexOf(name)),
    extra.map((name) => right.dimensions.indexOf(name)),
  ];
  const keys = new RowSet(on.length);
  const key = new Int32Array(on.length);
  const last = new IntList();
  const before = new Int32Array(right.length).fill(-1);
  for (let row = 0; row < right.length; row++) {
    for (const [i, place] of rightPlaces.entries()) key[i] = right.codes[row * rw + place] as number;
    const group = keys.insert(key);
    if (group === last.length) last.push(-1);
    before[row] = last.at(group);
    last.view()[group] = row;
  }
  const dimensions = [...left.dimensions, ...extra];
  const seen = new RowSet(dimensions.length);
  const merged = new Int32Array(dimensions.length);
  for (let row = 0; row < left.length; row++) {
    for (const [i, place] of leftPlaces.entries()) key[i] = left.codes[row * lw + place] as number;
    const group = keys.find(key);
    if (group < 0) continue;
    for (let i = 0; i < lw; i++) merged[i] = left.codes[row * lw + i] as number;
    for (let other = last.at(group); other >= 0; other = before[other] as number) {
      for (const [i, place] of extraPlaces.entries()) merged[lw + i] = right.codes[other * rw + place] as number;
      seen.insert(merged);
    }
  }
  return { dimensions, codes: seen.codes, length: seen.length };
}

function encodeTable(table: DataIdColumns, coder: Coder): Joined {
  const codes = new Int32Array(table.length * table.dimensions.length);
  eachRow(table, table.dimensions, coder, (row, i) => codes.set(row, i * table.dimensions.length));
  return { dimensions: table.dimensions, codes, length: table.length };
}

function project(
  joined: Joined,
  dimensions: readonly string[],
  { coder, where, keyWidth }: { readonly coder: Coder; readonly where: string; readonly keyWidth: number },
): DataIdColumns {
  const present = dimensions.filter((name) => joined.dimensions.includes(name));
  const width = joined.dimensions.length;
  const places = present.map((name) => joined.dimensions.indexOf(name));
  const rows = new RowSet(present.length, Math.min(keyWidth, present.length));
  const key = new Int32Array(present.length);
  const holds = rowFilter(joined.dimensions, where, coder);
  for (let row = 0; row < joined.length; row++) {
    const at = row * width;
    if (!holds(joined.codes.subarray(at, at + width))) continue;
    for (const [i, place] of places.entries()) key[i] = joined.codes[at + place] as number;
    rows.insert(key);
  }
  const columns = present.map((name, i) => {
    const { values } = coder.of(name);
    return Array.from({ length: rows.length }, (_, row) => values[rows.codes[row * present.length + i] as number] as DimensionValue);
  });
  return { dimensions: present, columns, length: rows.length };
}

function rowFilter(dimensions: readonly string[], where: string, coder: Coder): (codes: ArrayLike<number>) => boolean {
  if (where.trim() === '') return () => true;
  const expression = where
    .replaceAll(/\bAND\b/g, 'and')
    .replaceAll(/\bOR\b/g, 'or')
    .replaceAll(/\bIN\s*\(([^)]*)\)/gi, 'in [$1]')
    .replaceAll(/(?<![=!<>])=(?!=)/g, '==');
  const dictionaries = dimensions.map((name) => coder.of(name).values);
  return (codes) =>
    evaluateContract(expression, ([name = '']) => dictionaries[dimensions.indexOf(name)]?.[codes[dimensions.indexOf(name)] as number]) ===
    true;
}

function projectDatasets(datasets: DatasetColumns, required: readonly string[]): DataIdColumns {
  const kept = datasets.dimensions.flatMap((name, i) => (required.includes(name) ? [i] : []));
  if (kept.length === 0) return { dimensions: [], columns: [], length: Math.min(1, datasets.length) };
  return {
    dimensions: kept.map((i) => datasets.dimensions[i] as string),
    columns: kept.map((i) => datasets.columns[i] as ArrayLike<DimensionValue>),
    length: datasets.length,
  };
}

function selectDatasets(parts: readonly DatasetColumns[], dimensions: readonly string[], where: string): DatasetColumns {
  const coder = new Coder();
  const rows = new RowSet(dimensions.length);
  const [ids, runs, locations]: [string[], string[], unknown[]] = [[], [], []];
  for (const part of parts) {
    const applies = part.dimensions.some((name) => new RegExp(`\\b${name}\\b`).test(where));
    const holds = applies ? rowFilter(dimensions, termsOver(where, dimensions), coder) : () => true;
    eachRow(part, dimensions, coder, (codes, i) => {
      if (!holds(codes)) return;
      if (rows.insert(codes) < ids.length) return;
      ids.push(part.ids[i] as string);
      runs.push(part.runs[i] as string);
      locations.push(part.locations?.[i]);
    });
  }
  const columns = dimensions.map((name, c) =>
    Array.from(ids, (_, row) => coder.of(name).values[rows.codes[row * dimensions.length + c] as number] as DimensionValue),
  );
  return { dimensions, columns, length: ids.length, ids, runs, locations };
}

/** Keeps the terms that speak of these dimensions only. */
function termsOver(where: string, dimensions: readonly string[]): string {
  return where
    .split(/\band\b/i)
    .filter((term) =>
      (term.replaceAll(/'[^']*'|"[^"]*"/g, '').match(/[a-z_]\w*/gi) ?? []).every(
        (word) => dimensions.includes(word) || /^(in|or|not)$/i.test(word),
      ),
    )
    .join(' and ');
}
