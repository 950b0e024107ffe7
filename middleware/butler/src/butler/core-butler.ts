import type { Timespan } from '@almagest/time';
import { type DatasetIdMode, isUuid, makeDatasetId } from '../datasets/dataset-id.ts';
import { type DatasetRef, describeRef } from '../datasets/dataset-ref.ts';
import { type DatasetType, makeDatasetType, splitComponent } from '../datasets/dataset-type.ts';
import type { StorageClassRegistry } from '../datasets/storage-class.ts';
import type { Datastore, FileRecord, PutItem, ReadOptions } from '../datastore/datastore.ts';
import { DataCoordinate, type DataId } from '../dimensions/data-coordinate.ts';
import type { DimensionUniverse } from '../dimensions/universe.ts';
import { CollectionTypeError, DataIdError, DatasetNotFoundError, QueryError, ReadOnlyRepositoryError } from '../errors.ts';
import type { DimensionRecord } from '../dimensions/dimension-record.ts';
import type { Binds } from '../query/compile-where.ts';
import { Query } from '../query/query.ts';
import { registerStaged } from '../registry/register-staged.ts';
import { expandRefs } from '../registry/expand-refs.ts';
import type { InsertDimensionOptions } from '../registry/dimension-records.ts';
import type { Registry } from '../registry/registry.ts';
import { spanOfDataId } from '../registry/span-of-data-id.ts';
import type { Repository } from './open-repository.ts';

/** What a butler uses where a call names nothing else. */
export interface ButlerDefaults {
  /** Searched by reads, in order. */
  readonly collections?: readonly string[];
  /** RUN that writes go to; it is registered when first written. */
  readonly run?: string;
  /** Values that data IDs get where they lack them, such as the instrument. */
  readonly dataId?: DataId;
}

/** How a dataset is named in a call: a ref, or a type with a data ID. */
export interface SearchOptions {
  readonly collections?: readonly string[];
  /** When a calibration must be valid. */
  readonly timespan?: Timespan;
}

export interface GetOptions extends SearchOptions, ReadOptions {}

export interface PutOptions {
  readonly run?: string;
  /** How the id is made; 'unique' unless told. */
  readonly idMode?: DatasetIdMode;
  readonly provenance?: Readonly<Record<string, string | number | boolean>>;
}

/** A dataset that is read when asked for. */
export interface DeferredDataset {
  readonly ref: DatasetRef;
  get(options?: ReadOptions): Promise<unknown>;
}

/** What restricts the short forms of queries. */
export interface QueryOptions {
  readonly where?: string;
  readonly binds?: Binds;
  readonly dataId?: DataId;
  readonly collections?: readonly string[];
  readonly orderBy?: readonly string[];
  readonly limit?: number;
}

/** One value of {@link Butler.putMany}. */
export interface PutRequest {
  readonly value: unknown;
  readonly ref: DatasetRef;
  readonly provenance?: Readonly<Record<string, string | number | boolean>>;
}

/** All that a butler does once its repository is open; free of files and databases, so that a browser can hold one. */
export class CoreButler implements AsyncDisposable {
  readonly registry: Registry;
  readonly datastore: Datastore;
  readonly storageClasses: StorageClassRegistry;
  /** Folder of the repository; undefined in memory or over the network. */
  readonly root: string | undefined;
  readonly defaults: ButlerDefaults;

  constructor(repository: Repository, defaults: ButlerDefaults = {}) {
    this.registry = repository.registry;
    this.datastore = repository.datastore;
    this.storageClasses = repository.storageClasses;
    this.root = repository.root;
    this.defaults = defaults;
  }

  get universe(): DimensionUniverse {
    return this.registry.universe;
  }

  get isWriteable(): boolean {
    return this.registry.isWriteable;
  }

  /** The same repository with other defaults; closing either closes both. */
  withDefaults(defaults: ButlerDefaults): this {
    return new (this.constructor as typeof CoreButler)(this, { ...this.defaults, ...defaults }) as this;
  }

  /** Registers a dataset type; false if it is there with the same definition. @throws {DatasetTypeConflictError} */
  async registerDatasetType(
    definition:
      | DatasetType
      | { readonly name: string; readonly dimensions: Iterable<string>; readonly storageClass: string; readonly isCalibration?: boolean },
  ): Promise<boolean> {
    const dimensions = 'names' in definition.dimensions ? definition.dimensions.names : definition.dimensions;
    return await this.registry.registerDatasetType(makeDatasetType(this.universe, { ...definition, dimensions }));
  }

  /** Inserts dimension records. @throws {DimensionRecordError} */
  async insertDimensionData(
    element: string,
    records: readonly Readonly<Record<string, unknown>>[],
    options?: InsertDimensionOptions,
  ): Promise<void> {
    this.#mayWrite();
    await this.registry.insertDimensionData(element, records, options);
  }

  /**
   * Completes a data ID and attaches its records.
   *
   * @throws {DataIdError} if a value or record is missing.
   */
  async expandDataId(dimensions: Iterable<string>, values: DataId | DataCoordinate): Promise<DataCoordinate> {
    const group = this.universe.group(dimensions);
    const given = this.#withDefaultValues(values);
    const resolved = await this.registry.resolveDataId(group, given);
    const expanded = (await this.registry.expandDataIds([resolved]))[0]!;
    for (const name of group.implied) {
      const value = given instanceof DataCoordinate ? given.find(name) : given[name];
      if (value !== undefined && String(value) !== String(expanded.find(name)))
        throw new DataIdError(`${name} of ${expanded.toString()} is ${JSON.stringify(expanded.find(name))}, not ${JSON.stringify(value)}`, {
          details: { dimension: name },
        });
    }
    return expanded;
  }

  /** Makes the ref of a dataset that is to be written; nothing is registered. */
  async makeRef(type: string | DatasetType, dataId: DataId | DataCoordinate, options: PutOptions = {}): Promise<DatasetRef> {
    const datasetType = typeof type === 'string' ? await this.registry.getDatasetType(type) : type;
    const expanded = await this.expandDataId(datasetType.dimensions.names, dataId);
    const run = options.run ?? this.defaults.run;
    if (run === undefined) throw new CollectionTypeError('a write needs a RUN collection: give { run }, or open the butler with one');
    const id = makeDatasetId(options.idMode ?? 'unique', { datasetType: datasetType.name, dataId: expanded, run });
    return { id, datasetType, dataId: expanded, run };
  }

  /**
   * Stores one object; afterwards it is there whole, or not at all.
   *
   * @throws {DatasetConflictError} if the run holds a dataset of this type and data ID.
   */
  async put(
    value: unknown,
    type: string | DatasetType | DatasetRef,
    dataId: DataId | DataCoordinate = {},
    options: PutOptions = {},
  ): Promise<DatasetRef> {
    const ref = typeof type === 'object' && 'id' in type ? type : await this.makeRef(type, dataId, options);
    await this.putMany([{ value, ref, ...(options.provenance ? { provenance: options.provenance } : {}) }]);
    return ref;
  }

  /**
   * Stores many objects in one transaction: all or none.
   *
   * @param options.existing - 'skip' leaves datasets alone that are there with the same id, which makes repeats harmless.
   */
  async putMany(requests: readonly PutRequest[], options: { readonly existing?: 'fail' | 'skip' } = {}): Promise<void> {
    this.#mayWrite();
    let wanted = requests;
    if (options.existing === 'skip') {
      const present = await this.registry.fetchDatasets(requests.map(({ ref }) => ref.id));
      const stored = await this.registry.fetchFileRecords([...present.keys()]);
      wanted = requests.filter(({ ref }) => !stored.has(ref.id));
    }
    if (wanted.length === 0) return;
    const { elsewhere } = this.datastore;
    const expanded = await expandRefs(
      this.registry,
      wanted.map(({ ref }) => ref),
    );
    const items = wanted.map((request, i): PutItem => ({ ...request, ref: expanded[i]! }));
    const existing = options.existing ?? 'fail';
    if (elsewhere) await elsewhere.put(items, existing);
    else await registerStaged(this.registry, await this.datastore.stage(items), expanded, existing);
  }

  /**
   * Reads a dataset, or a component named as `calexp.wcs`.
   *
   * @param options.parameters - Read parameters of the storage class, such as `bbox` or `columns`.
   * @throws {DatasetNotFoundError} @throws {ArtifactMissingError} @throws {ArtifactCorruptError}
   */
  async get(type: string | DatasetType | DatasetRef, dataId: DataId | DataCoordinate = {}, options: GetOptions = {}): Promise<unknown> {
    return await (await this.getDeferred(type, dataId, options)).get(options);
  }

  /** Finds a dataset now and reads it later. @throws {DatasetNotFoundError} */
  async getDeferred(
    type: string | DatasetType | DatasetRef,
    dataId: DataId | DataCoordinate = {},
    options: SearchOptions = {},
  ): Promise<DeferredDataset> {
    const ref = typeof type === 'object' && 'id' in type ? type : await this.getDataset(type, dataId, options);
    return {
      ref,
      get: async (readOptions: ReadOptions = {}) => {
        const records = await this.#recordsOf(ref);
        return await this.datastore.read(ref, records, readOptions);
      },
    };
  }

  async #recordsOf(ref: DatasetRef): Promise<readonly FileRecord[]> {
    return (await this.registry.fetchFileRecords([ref.id])).get(ref.id) ?? [];
  }

  /** The first dataset of a type and data ID in the collections, or undefined. A component's name gives a component ref. */
  async findDataset(
    type: string | DatasetType,
    dataId: DataId | DataCoordinate = {},
    options: SearchOptions = {},
  ): Promise<DatasetRef | undefined> {
    const { parent, component } = splitComponent(typeof type === 'string' ? type : type.name);
    const datasetType = await this.registry.getDatasetType(parent);
    if (component !== undefined) this.storageClasses.component(datasetType.storageClass, component);
    const collections =
      options.collections ?? this.defaults.collections ?? (this.defaults.run === undefined ? undefined : [this.defaults.run]);
    if (!collections || collections.length === 0)
      throw new QueryError('a search needs collections: give { collections }, or open the butler with some');
    const values = this.#withDefaultValues(dataId);
    const wanted = await this.registry.resolveDataId(datasetType.dimensions, await this.#narrow(datasetType, values));
    const timespan = options.timespan ?? (datasetType.isCalibration ? await this.#spanOf(values) : undefined);
    const [ref] = await this.registry.findDatasets(parent, [wanted], { collections, timespan });
    return ref && component !== undefined ? { ...ref, component } : ref;
  }

  /** Drops extra dimensions (an exposure given for a bias), after they have filled in what they imply. */
  async #narrow(type: DatasetType, values: DataId | DataCoordinate): Promise<DataId | DataCoordinate> {
    if ('dimensions' in values && typeof values.dimensions === 'object') return values as DataCoordinate;
    const plain = values as DataId;
    const dimensions = Object.keys(plain).filter((name) => this.universe.find(name)?.isDimension);
    if (dimensions.every((name) => type.dimensions.names.includes(name))) return plain;
    const missing = type.dimensions.required.some(
      (name) => plain[name] === undefined && !Object.keys(plain).some((key) => key.startsWith(`${name}.`)),
    );
    if (missing) return (await this.#expandLoosely(plain, dimensions)) ?? plain;
    return Object.fromEntries(Object.entries(plain).filter(([name]) => !dimensions.includes(name) || type.dimensions.names.includes(name)));
  }

  async #expandLoosely(values: DataId, dimensions: readonly string[]): Promise<DataCoordinate | undefined> {
    const group = this.universe.group(dimensions);
    if (!group.required.every((name) => values[name] !== undefined)) return undefined;
    return await this.expandDataId(dimensions, values);
  }

  async #spanOf(values: DataId | DataCoordinate): Promise<Timespan | undefined> {
    const plain = values as DataId;
    const temporal = ['exposure', 'visit'].find(
      (name) => ('find' in values && typeof values.find === 'function' ? (values as DataCoordinate).find(name) : plain[name]) !== undefined,
    );
    if (temporal === undefined) return undefined;
    return spanOfDataId(await this.expandDataId([temporal], values));
  }

  /** The first dataset of a type and data ID in the collections. @throws {DatasetNotFoundError} */
  async getDataset(type: string | DatasetType, dataId: DataId | DataCoordinate = {}, options: SearchOptions = {}): Promise<DatasetRef> {
    const ref = await this.findDataset(type, dataId, options);
    if (ref) return ref;
    const name = typeof type === 'string' ? type : type.name;
    const collections = options.collections ?? this.defaults.collections ?? [this.defaults.run ?? ''];
    throw new DatasetNotFoundError(`no ${name} with data ID ${JSON.stringify(dataId)} in ${collections.join(', ')}`, {
      details: { datasetType: name, collections },
    });
  }

  /** The dataset with an id, or undefined. */
  async findDatasetById(id: string): Promise<DatasetRef | undefined> {
    if (!isUuid(id)) return undefined;
    return [...(await this.registry.fetchDatasets([id])).values()][0];
  }

  /** Whether a dataset is registered and its artifact is there. */
  async exists(
    type: string | DatasetType | DatasetRef,
    dataId: DataId | DataCoordinate = {},
    options: SearchOptions = {},
  ): Promise<boolean> {
    const ref = typeof type === 'object' && 'id' in type ? type : await this.findDataset(type, dataId, options);
    if (!ref) return false;
    const records = await this.#recordsOf(ref);
    return records.length > 0 && (await this.datastore.artifactsExist(records)).every(Boolean);
  }

  /** Address of a dataset's artifact, or of its parts' where it was taken apart. @throws {DatasetNotFoundError} */
  async getUris(ref: DatasetRef): Promise<readonly string[]> {
    const records = await this.#recordsOf(ref);
    if (records.length === 0)
      throw new DatasetNotFoundError(`no artifact is recorded for ${describeRef(ref)}`, { details: { id: ref.id } });
    return records.map((record) => this.datastore.address(record));
  }

  /**
   * Addresses of a dataset's artifacts that work without a sign-in, in any program that reads addresses.
   *
   * @param seconds - How long they work; a server may give less.
   * @throws {QueryError} if the datastore signs no addresses, such as files of this machine.
   */
  async getSignedUris(ref: DatasetRef, seconds: number): Promise<readonly string[]> {
    const records = await this.#recordsOf(ref);
    if (records.length === 0)
      throw new DatasetNotFoundError(`no artifact is recorded for ${describeRef(ref)}`, { details: { id: ref.id } });
    return await Promise.all(
      records.map(async (record) => {
        const address = await this.datastore.signedAddress?.(record, seconds);
        if (address === undefined) throw new QueryError(`the datastore ${this.datastore.name} signs no addresses; use getUris`);
        return address;
      }),
    );
  }

  /** Starts a query that joins dimensions, datasets and lists of data IDs. */
  query(): Query {
    const start = new Query(this.registry.queries);
    return this.defaults.dataId ? start.where(this.defaults.dataId) : start;
  }

  /**
   * Datasets of a type, or of all types that match a glob.
   *
   * @param options.where - Restriction in the `where` language, with values of its `:names` in `binds`.
   * @throws {UnknownDatasetTypeError} @throws {ExpressionSyntaxError} @throws {ExpressionMeaningError}
   */
  async queryDatasets(type: string, options: QueryOptions & { readonly findFirst?: boolean } = {}): Promise<readonly DatasetRef[]> {
    const collections = options.collections ?? this.defaults.collections ?? (this.defaults.run === undefined ? [] : [this.defaults.run]);
    const types = /[*?[]/.test(type) ? (await this.registry.queryDatasetTypes([type])).map((found) => found.name) : [type];
    const out: DatasetRef[] = [];
    for (const name of types) {
      const left = options.limit === undefined ? undefined : options.limit - out.length;
      const query = this.#startQuery({ ...options, ...(left === undefined ? {} : { limit: left }) });
      out.push(...(await query.datasets({ type: name, collections, findFirst: options.findFirst ?? true }).toArray()));
    }
    return out;
  }

  /** Data IDs of these dimensions, with implied values, and records where `expanded` is set. */
  async queryDataIds(
    dimensions: Iterable<string>,
    options: QueryOptions & { readonly datasets?: readonly string[]; readonly expanded?: boolean } = {},
  ): Promise<readonly DataCoordinate[]> {
    const query = this.#withDatasets(this.#startQuery(options), options);
    return await (options.expanded ? query.expandedDataIds(dimensions) : query.dataIds(dimensions)).toArray();
  }

  /** Records of a dimension or join element. */
  async queryDimensionRecords(
    element: string,
    options: QueryOptions & { readonly datasets?: readonly string[] } = {},
  ): Promise<readonly DimensionRecord[]> {
    return await this.#withDatasets(this.#startQuery(options), options).dimensionRecords(element).toArray();
  }

  #startQuery(options: QueryOptions): Query {
    let query = this.query()
      .limit(options.limit)
      .orderBy(...(options.orderBy ?? []));
    if (options.where !== undefined) query = query.where(options.where, options.binds);
    return options.dataId ? query.where(options.dataId) : query;
  }

  #withDatasets(query: Query, options: QueryOptions & { readonly datasets?: readonly string[] }): Query {
    const collections = options.collections ?? this.defaults.collections ?? [];
    return (options.datasets ?? []).reduce((joined, type) => joined.joinDatasets({ type, collections }), query);
  }

  /**
   * Runs the work atomically: all that it registers, stores and takes in is there afterwards, or nothing of it. Transactions nest.
   * Over HTTP the server holds the transaction as long as it hears of this client.
   *
   * @throws {TransactionLostError} over HTTP, if the server gave the transaction up.
   */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    return await this.registry.transaction(work);
  }

  async close(): Promise<void> {
    await this.datastore.close();
    await this.registry.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #withDefaultValues(values: DataId | DataCoordinate): DataId | DataCoordinate {
    const { dataId } = this.defaults;
    if (!dataId || ('dimensions' in values && typeof values.dimensions === 'object')) return values;
    return { ...dataId, ...(values as DataId) };
  }

  #mayWrite(): void {
    if (!this.isWriteable) throw new ReadOnlyRepositoryError('the repository was opened for reading; open it with { writeable: true }');
  }
}
