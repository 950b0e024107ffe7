import { type RawBuilder, sql } from 'kysely';
import { recordFields } from '../dimensions/dimension-record.ts';
import type { DimensionElement } from '../dimensions/universe.ts';
import { QueryError } from '../errors.ts';
import { timespanEnds } from '../registry/dimension-records.ts';
import type { RegistryContext } from '../registry/registry-context.ts';
import { type ColumnPrinter, compileWhere, namesIn, type RegionTest } from './compile-where.ts';
import { type DatasetColumns, datasetSource } from './dataset-source.ts';
import { JoinList } from './join-list.ts';
import type { DatasetJoin, QuerySpec } from './query-spec.ts';
import { pixelRanges, type RegionLiteral } from './region-literal.ts';
import { type QueryColumn, resolveName, type Scope } from './scope.ts';

/** A region column of the answer that exact tests look at. */
export interface PlannedRegionTest {
  readonly left: string;
  /** Another column, or a constant. */
  readonly right: string | Uint8Array;
}

/** A query as SQL with the names of its columns. */
export interface QueryPlan {
  readonly sql: RawBuilder<unknown>;
  /** Dimension values are in `d_<name>`. */
  readonly dimensions: readonly string[];
  readonly regionTests: readonly PlannedRegionTest[];
  /** Columns asked for by name: their meaning and the name in the row. */
  readonly columns: readonly { readonly name: string; readonly column: QueryColumn; readonly alias: string }[];
  /** Rows to take, where the database cannot count them because of exact tests. */
  readonly limitAfter: number | undefined;
}

/**
 * Plans a query: which tables are joined, how, and what is selected.
 *
 * @throws {QueryError | ExpressionMeaningError}
 */
export function planQuery(context: RegistryContext, spec: QuerySpec): QueryPlan {
  return new Planner(context, spec).plan();
}

class Planner {
  readonly #context: RegistryContext;
  readonly #spec: QuerySpec;
  readonly #scope: Scope;
  /** Dimensions whose values are needed. */
  readonly #used: Set<string>;
  /** Elements whose records are needed. */
  readonly #records = new Set<string>();
  readonly #datasetFields = new Map<string, Set<string>>();
  readonly #joins: JoinList;
  readonly #regionTests: RegionTest[] = [];
  #joinsSpatially = false;

  constructor(context: RegistryContext, spec: QuerySpec) {
    this.#context = context;
    this.#spec = spec;
    this.#joins = new JoinList();
    const { universe } = context;
    this.#used = new Set(spec.full ? spec.dimensions.names : spec.dimensions.required);
    for (const join of spec.datasets) for (const name of join.record.type.dimensions.required) this.#used.add(name);
    for (const upload of spec.uploads) for (const name of upload.dimensions.required) this.#used.add(name);
    for (const name of spec.extra) this.#used.add(name);
    for (const name of Object.keys(spec.dataId)) this.#used.add(universe.get(name).name);
    const element = spec.record === undefined ? undefined : universe.get(spec.record);
    if (element) {
      this.#records.add(element.name);
      for (const name of element.required) this.#used.add(name);
    }
    const dimensions = universe.group(this.#used).names;
    this.#scope = { universe, dimensions, datasetTypes: spec.datasets.map((join) => join.record.type) };
  }

  plan(): QueryPlan {
    const { where, columns, orderBy } = this.#spec;
    for (const term of where) for (const { name } of namesIn(term.expression, term.binds)) this.#need(resolveName(this.#scope, name));
    const ordered = orderBy.map((key) => ({ descending: key.startsWith('-'), column: this.#column(key.replace(/^-/, ''), 'order by') }));
    const wanted = columns.map((name) => ({ name, column: this.#column(name, 'select') }));
    this.#addJoins();
    const printer = this.#printer();
    const conditions = where.map((term) => {
      const compiled = compileWhere(term.expression, { source: term.source, scope: this.#scope, binds: term.binds, printer });
      this.#regionTests.push(...compiled.regionTests);
      return compiled.sql;
    });
    for (const [name, value] of Object.entries(this.#spec.dataId)) conditions.push(sql`${this.#joins.dimension(name)} = ${value}`);
    return this.#print(printer, conditions, ordered, wanted);
  }

  #column(name: string, clause: string): QueryColumn {
    const column = resolveName(this.#scope, name);
    if (typeof column === 'string') throw new QueryError(`${clause}: ${column}`);
    this.#need(column);
    return column;
  }

  /** Notes what a column needs to be joined; meaningless names are reported later, with their position. */
  #need(column: QueryColumn | string): void {
    if (typeof column === 'string') return;
    if (column.kind === 'dimension') this.#used.add(column.dimension);
    else if (column.kind === 'field') {
      this.#records.add(column.element);
      for (const name of this.#context.universe.get(column.element).required) this.#used.add(name);
    } else {
      const fields = this.#datasetFields.get(column.datasetType) ?? new Set();
      fields.add(column.field);
      this.#datasetFields.set(column.datasetType, fields);
    }
  }

  #addJoins(): void {
    const { universe } = this.#context;
    for (const join of this.#spec.datasets) this.#addDatasets(join);
    for (const [i, upload] of this.#spec.uploads.entries()) this.#addUpload(i, upload);
    const group = universe.group(this.#used);
    const elements = group.elements.map((name) => universe.get(name));
    for (const element of elements) if (element.hasTable && !element.skypix && this.#mustJoin(element)) this.#addElement(element);
    this.#addSpatialJoins(elements);
    for (const name of this.#used) if (!this.#joins.supplies(name)) this.#addElement(universe.get(name));
    for (const name of this.#records) this.#addElement(universe.get(name));
    this.#joinValidity(elements);
  }

  /** Whether rows of the element restrict the combination of dimensions that are used. */
  #mustJoin(element: DimensionElement): boolean {
    if (this.#records.has(element.name)) return true;
    if (!element.definesRelationships) return false;
    const used = (name: string): boolean => this.#used.has(name);
    if (element.isDimension)
      return used(element.name) && element.implied.some((name) => used(name) && !this.#suppliedTogether(element.name, name));
    return element.required.every(used) && !this.#suppliedTogether(...element.required);
  }

  /** Whether one dataset search or upload relates these dimensions already. */
  #suppliedTogether(...names: readonly string[]): boolean {
    return (
      this.#spec.datasets.some((join) => names.every((name) => join.record.type.dimensions.required.includes(name))) ||
      this.#spec.uploads.some((upload) => names.every((name) => upload.dimensions.required.includes(name)))
    );
  }

  #addDatasets(join: DatasetJoin): void {
    const { type } = join.record;
    const fields = this.#datasetFields.get(type.name) ?? new Set();
    const isOutput = this.#spec.output === type.name;
    const late = this.#findsLate(join);
    const columns: DatasetColumns = {
      run: isOutput || fields.has('run'),
      collection: fields.has('collection'),
      ingestDate: fields.has('ingest_date'),
      timespan: fields.has('timespan') || late || (this.#joinsTime(join) && this.#hasCalibrations(join)),
      rank: join.findFirst && join.collections.length > 1,
    };
    const source = datasetSource(this.#context, join, columns, { firstInside: join.findFirst && !late });
    const alias = datasetAlias(type.name);
    this.#joins.add(alias, source, new Map(type.dimensions.required.map((name) => [name, sql.ref(`${alias}.${name}`)])));
  }

  #hasCalibrations(join: DatasetJoin): boolean {
    return join.record.calibsTable !== undefined && join.collections.some((collection) => collection.type === 'CALIBRATION');
  }

  /** Whether the query has a time of its own that selects among validity ranges. */
  #joinsTime(join: DatasetJoin): boolean {
    const { universe } = this.#context;
    const temporal = universe.group(this.#used).elements.filter((name) => universe.get(name).temporal !== undefined);
    return temporal.some((name) => !join.record.type.dimensions.names.includes(name));
  }

  /** The first valid dataset is known only after validity was joined. */
  #findsLate(join: DatasetJoin): boolean {
    return join.findFirst && this.#hasCalibrations(join) && (this.#joinsTime(join) || join.collections.length > 1);
  }

  #addUpload(index: number, upload: QuerySpec['uploads'][number]): void {
    const { required } = upload.dimensions;
    const alias = `u${index}`;
    const json = JSON.stringify(upload.dataIds.map((dataId) => required.map((name) => dataId.get(name))));
    const sqlite = this.#context.db.dialect === 'sqlite';
    const picked = required.map((name, i) => {
      const isText = this.#context.universe.get(name).primaryKey!.type === 'string';
      if (sqlite) return sql`json_extract(j.value, ${sql.raw(`'$[${i}]'`)}) AS ${sql.ref(name)}`;
      return sql`(j.value ->> ${sql.raw(String(i))})${sql.raw(isText ? '' : '::bigint')} AS ${sql.ref(name)}`;
    });
    const rows = sqlite ? sql`json_each(${json}) AS j` : sql`jsonb_array_elements(${json}::jsonb) AS j(value)`;
    const source = sql`(SELECT ${picked.length > 0 ? sql.join(picked) : sql`1 AS nothing`} FROM ${rows})`;
    this.#joins.add(alias, source, new Map(required.map((name) => [name, sql.ref(`${alias}.${name}`)])));
  }

  #addElement(element: DimensionElement): void {
    const alias = `e_${element.name}`;
    if (this.#joins.has(alias)) return;
    const own = new Map([[element.name, sql.ref(`${alias}.${element.name}`)]]);
    if (element.viewOf) {
      const column = sql.ref(element.name);
      this.#joins.add(alias, sql`(SELECT DISTINCT ${column} FROM ${sql.table(element.viewOf)})`, own);
      return;
    }
    if (!element.hasTable)
      throw new QueryError(
        `values of ${element.name} must come from a dataset type, from uploaded data IDs or, at level ${this.#context.universe.commonSkypix}, from regions of other dimensions`,
      );
    const supplied = new Map(
      [...element.required, ...element.implied].map((name) => [
        name,
        sql.ref(`${alias}.${name === element.name ? element.primaryKey!.name : name}`),
      ]),
    );
    this.#joins.add(alias, sql.table(element.name), supplied);
  }

  /** Families that nothing else relates are related where their regions overlap, through common skypix pixels. */
  #addSpatialJoins(elements: readonly DimensionElement[]): void {
    const families = new Map<string, DimensionElement>();
    for (const element of elements)
      if (element.spatial && element.required.every((name) => this.#used.has(name))) families.set(element.spatial, element);
    const list = [...families.values()];
    for (const [i, a] of list.entries())
      for (const b of list.slice(i + 1)) {
        if (
          elements.some(
            (x) =>
              x.spatial === a.spatial &&
              elements.some((y) => y.spatial === b.spatial && this.#suppliedTogether(...x.required, ...y.required)),
          )
        )
          continue;
        this.#joinsSpatially = true;
        if (a.skypix || b.skypix) this.#joinPixel(a.skypix ? a : b, a.skypix ? b : a);
        else {
          const [left, right] = [this.#overlapTable(a), this.#overlapTable(b)];
          this.#joins.where(sql`${left}.skypix_index = ${right}.skypix_index`);
          this.#regionTests.push({ element: a.name, other: b.name });
          this.#records.add(a.name).add(b.name);
        }
      }
  }

  #joinPixel(pixel: DimensionElement, element: DimensionElement): void {
    const { universe } = this.#context;
    if (element.skypix) throw new QueryError(`${pixel.name} and ${element.name} cannot be related in one query`);
    if (pixel.name !== universe.commonSkypix) {
      if (this.#joins.supplies(pixel.name))
        throw new QueryError(`${pixel.name} cannot be related to ${element.name}; regions are indexed in ${universe.commonSkypix} only`);
      this.#addElement(pixel);
    }
    const table = this.#overlapTable(element);
    this.#joins.addDimension(pixel.name, sql`${table}.skypix_index`);
  }

  #overlapTable(element: DimensionElement): RawBuilder<unknown> {
    const alias = `o_${element.name}`;
    const common = this.#context.universe.get(this.#context.universe.commonSkypix).skypix!;
    if (!this.#joins.has(alias)) {
      this.#joins.add(
        alias,
        sql.table(`${element.name}_skypix_overlap`),
        new Map(element.required.map((name) => [name, sql.ref(`${alias}.${name}`)])),
      );
      this.#joins.where(
        sql`${sql.ref(`${alias}.skypix_system`)} = ${common.system} AND ${sql.ref(`${alias}.skypix_level`)} = ${common.level}`,
      );
    }
    return sql.ref(alias);
  }

  /** Calibrations are joined where they are valid at the query's own time. */
  #joinValidity(elements: readonly DimensionElement[]): void {
    for (const join of this.#spec.datasets) {
      if (!this.#hasCalibrations(join) || !this.#joinsTime(join)) continue;
      const temporal = elements.findLast(
        (element) =>
          element.temporal &&
          element.hasTable &&
          element.required.every((name) => this.#used.has(name)) &&
          !join.record.type.dimensions.names.includes(element.name),
      );
      if (!temporal) continue;
      this.#addElement(temporal);
      const [begin, end] = timespanEnds(this.#context, `e_${temporal.name}`, 'timespan');
      const alias = datasetAlias(join.record.type.name);
      this.#joins.where(sql`${sql.ref(`${alias}.timespan_begin`)} < ${end} AND ${sql.ref(`${alias}.timespan_end`)} > ${begin}`);
    }
  }

  #printer(): ColumnPrinter {
    const { universe } = this.#context;
    const common = universe.get(universe.commonSkypix).skypix!;
    const pixels = (element: string, alias: string): RawBuilder<unknown> =>
      sql`${sql.table(`${element}_skypix_overlap`)} AS ${sql.ref(alias)}`;
    const same = (element: string, alias: string): RawBuilder<unknown> =>
      sql.join(
        [
          sql`${sql.ref(`${alias}.skypix_system`)} = ${common.system} AND ${sql.ref(`${alias}.skypix_level`)} = ${common.level}`,
          ...universe.get(element).required.map((name) => sql`${sql.ref(`${alias}.${name}`)} = ${this.#joins.dimension(name)}`),
        ],
        sql` AND `,
      );
    return {
      dialect: this.#context.db.dialect,
      column: (column) => {
        if (column.kind === 'dimension') return this.#joins.dimension(column.dimension);
        return column.kind === 'field'
          ? sql.ref(`e_${column.element}.${column.field}`)
          : sql.ref(`${datasetAlias(column.datasetType)}.${column.field}`);
      },
      span: (column) => {
        if (column.kind === 'field') return timespanEnds(this.#context, `e_${column.element}`, column.field);
        const alias = datasetAlias((column as { datasetType: string }).datasetType);
        return [sql.ref(`${alias}.timespan_begin`), sql.ref(`${alias}.timespan_end`)];
      },
      mayOverlap: (element: string, region: RegionLiteral) => {
        const ranges = pixelRanges(region, common);
        const tests = ranges.map(([first, end]) => sql`p.skypix_index BETWEEN ${first} AND ${end - 1}`);
        return sql`EXISTS (SELECT 1 FROM ${pixels(element, 'p')} WHERE ${same(element, 'p')} AND (${tests.length > 0 ? sql.join(tests, sql` OR `) : sql`1 = 0`}))`;
      },
      mayOverlapEach: (a: string, b: string) =>
        sql`EXISTS (SELECT 1 FROM ${pixels(a, 'p')} JOIN ${pixels(b, 'q')} ON p.skypix_index = q.skypix_index WHERE ${same(a, 'p')} AND ${same(b, 'q')})`,
    };
  }

  #print(
    printer: ColumnPrinter,
    conditions: readonly RawBuilder<unknown>[],
    ordered: readonly { readonly descending: boolean; readonly column: QueryColumn }[],
    wanted: readonly { readonly name: string; readonly column: QueryColumn }[],
  ): QueryPlan {
    const { spec } = { spec: this.#spec };
    const dimensions = spec.full ? spec.dimensions.names : spec.dimensions.required;
    const picked: RawBuilder<unknown>[] = dimensions.map((name) => sql`${this.#joins.dimension(name)} AS ${sql.ref(`d_${name}`)}`);
    const output = spec.datasets.find((join) => join.record.type.name === spec.output);
    const alias = output && datasetAlias(output.record.type.name);
    if (alias) picked.push(sql`${sql.ref(`${alias}.dataset_id`)} AS dataset_id`, sql`${sql.ref(`${alias}.run`)} AS run`);
    if (spec.record !== undefined) picked.push(...this.#recordColumns(spec.record));
    const columns = wanted.map(({ name, column }, i) => ({ name, column, alias: `c${i}` }));
    for (const { column, alias: as } of columns) picked.push(...this.#pickColumn(printer, column, as));
    const regionTests = this.#pickRegions(picked);
    const keys = ordered.map(({ column, descending }, i) => {
      const value = column.type === 'timespan' ? printer.span(column)[column.end === 'end' ? 1 : 0] : printer.column(column);
      picked.push(sql`${value} AS ${sql.ref(`k${i}`)}`);
      return sql`${sql.ref(`k${i}`)}${sql.raw(descending ? ' DESC' : '')}`;
    });
    const late = output && this.#findsLate(output) ? output : undefined;
    if (late) picked.push(this.#place(dimensions, alias!, late));
    if (picked.length === 0) picked.push(sql`1 AS nothing`);
    const where = [...this.#joins.conditions, ...conditions];
    const distinct = this.#needsDistinct(dimensions) ? sql`DISTINCT ` : sql``;
    let query = sql`SELECT ${distinct}${sql.join(picked)} FROM ${this.#joins.from()}${where.length > 0 ? sql` WHERE ${sql.join(where, sql` AND `)}` : sql``}`;
    if (late) query = sql`SELECT * FROM (${query}) AS f WHERE f.place = 1`;
    if (keys.length > 0) query = sql`${query} ORDER BY ${sql.join(keys)}`;
    const limitAfter = regionTests.length > 0 ? spec.limit : undefined;
    if (spec.limit !== undefined && limitAfter === undefined) query = sql`${query} LIMIT ${spec.limit}`;
    return { sql: query, dimensions, regionTests, columns, limitAfter };
  }

  #place(dimensions: readonly string[], alias: string, join: DatasetJoin): RawBuilder<unknown> {
    const partition = dimensions.length > 0 ? sql`PARTITION BY ${sql.join(dimensions.map((name) => this.#joins.dimension(name)))} ` : sql``;
    const order = join.collections.length > 1 ? sql.ref(`${alias}.search_rank`) : sql.ref(`${alias}.dataset_id`);
    return sql`DENSE_RANK() OVER (${partition}ORDER BY ${order}) AS place`;
  }

  #recordColumns(name: string): readonly RawBuilder<unknown>[] {
    const element = this.#context.universe.get(name);
    const alias = `e_${name}`;
    if (!element.hasTable) return [sql`${this.#joins.dimension(name)} AS ${sql.ref(`r_${element.primaryKey!.name}`)}`];
    return recordFields(this.#context.universe, element).flatMap((field) =>
      field.type === 'timespan'
        ? timespanEnds(this.#context, alias, field.name).map(
            (end, i) => sql`${end} AS ${sql.ref(`r_${field.name}${i === 0 ? '_begin' : '_end'}`)}`,
          )
        : [sql`${sql.ref(`${alias}.${field.name}`)} AS ${sql.ref(`r_${field.name}`)}`],
    );
  }

  #pickColumn(printer: ColumnPrinter, column: QueryColumn, alias: string): readonly RawBuilder<unknown>[] {
    if (column.type !== 'timespan') return [sql`${printer.column(column)} AS ${sql.ref(alias)}`];
    const ends = printer.span(column);
    return [sql`${ends[0]} AS ${sql.ref(`${alias}_begin`)}`, sql`${ends[1]} AS ${sql.ref(`${alias}_end`)}`];
  }

  #pickRegions(picked: RawBuilder<unknown>[]): readonly PlannedRegionTest[] {
    const names = new Set<string>();
    const pick = (element: string): string => {
      const alias = `g_${element}`;
      if (!names.has(element)) picked.push(sql`${sql.ref(`e_${element}.region`)} AS ${sql.ref(alias)}`);
      names.add(element);
      return alias;
    };
    return this.#regionTests.map((test) => ({ left: pick(test.element), right: 'region' in test ? test.region.bytes : pick(test.other) }));
  }

  /** Rows repeat where joined tables have keys beyond those of the answer. */
  #needsDistinct(dimensions: readonly string[]): boolean {
    if (this.#joinsSpatially) return true;
    const determined = new Set(this.#context.universe.group(dimensions).names);
    if (this.#spec.output !== undefined)
      for (const name of this.#spec.datasets.find((join) => join.record.type.name === this.#spec.output)!.record.type.dimensions.names)
        determined.add(name);
    if ([...this.#used].some((name) => !determined.has(name))) return true;
    return this.#spec.datasets.some((join) =>
      join.record.type.name === this.#spec.output
        ? !join.findFirst && join.collections.length > 1
        : !join.findFirst || this.#hasCalibrations(join),
    );
  }
}

function datasetAlias(type: string): string {
  return `s_${type}`;
}
