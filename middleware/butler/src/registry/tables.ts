import type { DimensionGroup } from '../dimensions/dimension-group.ts';
import { recordFields } from '../dimensions/dimension-record.ts';
import type { DimensionElement, DimensionUniverse } from '../dimensions/universe.ts';
import type { ColumnSpec, ForeignKeySpec, TableSpec } from '../sql/table-spec.ts';

const bigint = (name: string): ColumnSpec => ({ name, type: 'bigint' });
const text = (name: string, nullable = false): ColumnSpec => ({ name, type: 'text', nullable });
const key = (columns: readonly string[], table: string, target: readonly string[], cascade = false): ForeignKeySpec => ({
  columns,
  table,
  target,
  cascade,
});

/** Tables that exist before any dimension is known. */
export const BASE_TABLES: readonly TableSpec[] = [
  { name: 'butler_attributes', columns: [text('name'), text('value')], primaryKey: ['name'] },
  {
    name: 'collection',
    columns: [{ name: 'collection_id', type: 'serial' }, text('name'), { name: 'type', type: 'smallint' }, text('doc', true)],
    primaryKey: ['collection_id'],
    unique: [['name']],
  },
  {
    name: 'run',
    columns: [bigint('collection_id'), text('host', true), { name: 'timespan', type: 'timespan', nullable: true }],
    primaryKey: ['collection_id'],
    foreignKeys: [key(['collection_id'], 'collection', ['collection_id'], true)],
  },
  {
    name: 'collection_chain',
    columns: [bigint('parent'), { name: 'position', type: 'smallint' }, bigint('child')],
    primaryKey: ['parent', 'position'],
    foreignKeys: [key(['parent'], 'collection', ['collection_id'], true), key(['child'], 'collection', ['collection_id'])],
  },
  { name: 'dimension_graph_key', columns: [{ name: 'id', type: 'serial' }], primaryKey: ['id'] },
  {
    name: 'dimension_graph_definition',
    columns: [bigint('dimension_graph_id'), text('dimension_name')],
    primaryKey: ['dimension_graph_id', 'dimension_name'],
    foreignKeys: [key(['dimension_graph_id'], 'dimension_graph_key', ['id'], true)],
  },
  {
    name: 'dataset_type',
    columns: [
      { name: 'id', type: 'serial' },
      text('name'),
      text('storage_class'),
      bigint('dimensions_key'),
      text('tag_association_table'),
      text('calibration_association_table', true),
    ],
    primaryKey: ['id'],
    unique: [['name']],
  },
  {
    name: 'dataset',
    columns: [{ name: 'id', type: 'uuid' }, bigint('dataset_type_id'), { name: 'ingest_date', type: 'ingest-date' }, bigint('run_id')],
    primaryKey: ['id'],
    foreignKeys: [key(['dataset_type_id'], 'dataset_type', ['id']), key(['run_id'], 'run', ['collection_id'], true)],
  },
  {
    name: 'collection_summary_dataset_type',
    columns: [bigint('collection_id'), bigint('dataset_type_id')],
    primaryKey: ['collection_id', 'dataset_type_id'],
    foreignKeys: [key(['collection_id'], 'collection', ['collection_id'], true), key(['dataset_type_id'], 'dataset_type', ['id'], true)],
  },
  { name: 'opaque_meta', columns: [text('table_name')], primaryKey: ['table_name'] },
  {
    name: 'dataset_location',
    columns: [text('datastore_name'), { name: 'dataset_id', type: 'uuid' }],
    primaryKey: ['datastore_name', 'dataset_id'],
    foreignKeys: [key(['dataset_id'], 'dataset', ['id'])],
  },
  {
    name: 'dataset_location_trash',
    columns: [{ name: 'dataset_id', type: 'uuid' }, text('datastore_name')],
    primaryKey: ['dataset_id', 'datastore_name'],
  },
];

/** Records of the file datastore: where each artifact is and what reads it. */
export function fileRecordsTable(name: string): TableSpec {
  return {
    name,
    columns: [
      { name: 'dataset_id', type: 'uuid' },
      text('path'),
      text('formatter'),
      text('storage_class'),
      { name: 'component', type: 'string', length: 32 },
      text('checksum', true),
      { name: 'file_size', type: 'bigint', nullable: true },
    ],
    primaryKey: ['dataset_id', 'component'],
    indexes: [['path']],
  };
}

/** Column for a dimension value in a table that refers to it. */
export function dimensionColumn(universe: DimensionUniverse, dimension: string): ColumnSpec {
  const primary = universe.get(dimension).primaryKey!;
  return primary.type === 'string'
    ? { name: dimension, type: 'string', ...(primary.length === undefined ? {} : { length: primary.length }) }
    : bigint(dimension);
}

/** Tables of all dimension elements, their skypix overlaps, and the summaries by governor. */
export function dimensionTables(universe: DimensionUniverse): readonly TableSpec[] {
  const tables: TableSpec[] = [];
  for (const element of universe.elements) if (element.hasTable && !element.skypix) tables.push(elementTable(universe, element));
  const spatial = universe.elements.filter((element) => element.spatial && element.hasTable && !element.skypix);
  for (const element of spatial) tables.push(...skypixOverlapTables(universe, element));
  tables.push(...crossOverlapTables(universe, spatial));
  for (const governor of universe.governors)
    tables.push({
      name: `collection_summary_${governor.name}`,
      columns: [bigint('collection_id'), dimensionColumn(universe, governor.name)],
      primaryKey: ['collection_id', governor.name],
      foreignKeys: [
        key(['collection_id'], 'collection', ['collection_id'], true),
        key([governor.name], governor.name, [governor.primaryKey!.name]),
      ],
    });
  return tables;
}

function elementTable(universe: DimensionUniverse, element: DimensionElement): TableSpec {
  const fields = recordFields(universe, element);
  return {
    name: element.name,
    columns: fields.map((field) => ({
      name: field.name,
      type: field.type === 'int' ? 'bigint' : field.type,
      nullable: field.dimension === undefined,
      ...(field.length === undefined ? {} : { length: field.length }),
    })),
    primaryKey: element.required.map((name) => (name === element.name ? element.primaryKey!.name : name)),
    unique: element.alternateKeys.map((column) => [...element.required.filter((name) => name !== element.name), column.name]),
    foreignKeys: [...element.required, ...element.implied]
      .filter((name) => name !== element.name)
      .flatMap((name) => keyToDimension(universe, name, element)),
  };
}

/** Key from a table that has a column per dimension to the table of one of them. */
function keyToDimension(universe: DimensionUniverse, name: string, holder?: DimensionElement): readonly ForeignKeySpec[] {
  const target = universe.get(name);
  if (!target.hasTable) return [];
  const columns = target.required.map((need) => (need === holder?.name ? holder.primaryKey!.name : need));
  return [
    key(
      columns,
      name,
      target.required.map((need) => (need === name ? target.primaryKey!.name : need)),
    ),
  ];
}

function skypixOverlapTables(universe: DimensionUniverse, element: DimensionElement): readonly TableSpec[] {
  const governors = element.required.filter((name) => universe.get(name).isGovernor);
  const system: readonly ColumnSpec[] = [
    { name: 'skypix_system', type: 'string', length: 16 },
    { name: 'skypix_level', type: 'smallint' },
  ];
  const summary: TableSpec = {
    name: `${element.name}_skypix_overlap_summary`,
    columns: [...system, ...governors.map((name) => dimensionColumn(universe, name))],
    primaryKey: ['skypix_system', 'skypix_level', ...governors],
    foreignKeys: governors.flatMap((name) => keyToDimension(universe, name)),
  };
  const summaryKey = ['skypix_system', 'skypix_level', ...governors];
  return [
    summary,
    {
      name: `${element.name}_skypix_overlap`,
      columns: [...system, ...element.required.map((name) => dimensionColumn(universe, name)), bigint('skypix_index')],
      primaryKey: ['skypix_system', 'skypix_level', ...element.required, 'skypix_index'],
      indexes: [['skypix_system', 'skypix_level', 'skypix_index', ...element.required]],
      foreignKeys: [key(summaryKey, summary.name, summaryKey, true), ...keysToElement(universe, element)],
    },
  ];
}

/** Keys to everything a table with an element's required columns refers to, the element itself included. */
function keysToElement(universe: DimensionUniverse, element: DimensionElement): readonly ForeignKeySpec[] {
  return element.required.flatMap((name) => keyToDimension(universe, name));
}

/** Tables of direct overlaps between families. The published layout has them; they stay empty, because overlaps go through skypix. */
function crossOverlapTables(universe: DimensionUniverse, spatial: readonly DimensionElement[]): readonly TableSpec[] {
  const tables: TableSpec[] = [];
  for (const a of spatial)
    for (const b of spatial) {
      if (a.spatial === b.spatial || (a.spatial ?? '') < (b.spatial ?? '')) continue;
      const both = crossKeys(universe, a, b);
      const summaryColumns = both.filter((name) => universe.get(name).isGovernor);
      tables.push({
        name: `${a.name}_${b.name}_overlap_summary`,
        columns: summaryColumns.map((name) => dimensionColumn(universe, name)),
        primaryKey: summaryColumns,
        foreignKeys: summaryColumns.flatMap((name) => keyToDimension(universe, name)),
      });
      tables.push({
        name: `${a.name}_${b.name}_overlap`,
        columns: both.map((name) => dimensionColumn(universe, name)),
        primaryKey: both,
        foreignKeys: both.flatMap((name) => keyToDimension(universe, name)),
      });
    }
  return tables;
}

function crossKeys(universe: DimensionUniverse, a: DimensionElement, b: DimensionElement): readonly string[] {
  const all = [...new Set([...a.required, ...b.required])];
  const governors = all.filter((name) => universe.get(name).isGovernor);
  return [...governors, ...all.filter((name) => !governors.includes(name))];
}

/** Table of memberships of RUN and TAGGED collections for all dataset types of one shape. */
export function tagsTable(group: DimensionGroup, name: string): TableSpec {
  const dimensions = group.required;
  return {
    name,
    columns: [
      bigint('dataset_type_id'),
      { name: 'dataset_id', type: 'uuid' },
      bigint('collection_id'),
      ...dimensions.map((dimension) => dimensionColumn(group.universe, dimension)),
    ],
    primaryKey: ['dataset_id', 'collection_id'],
    unique: [['dataset_type_id', 'collection_id', ...dimensions]],
    foreignKeys: associationKeys(group),
  };
}

/** Table of memberships of CALIBRATION collections for all dataset types of one shape. */
export function calibsTable(group: DimensionGroup, name: string): TableSpec {
  const dimensions = group.required;
  return {
    name,
    columns: [
      { name: 'id', type: 'serial' },
      bigint('dataset_type_id'),
      { name: 'dataset_id', type: 'uuid' },
      bigint('collection_id'),
      ...dimensions.map((dimension) => dimensionColumn(group.universe, dimension)),
      { name: 'timespan', type: 'timespan', unboundedByDefault: true },
    ],
    primaryKey: ['id'],
    indexes: [['dataset_type_id', 'collection_id', ...dimensions, 'timespan']],
    foreignKeys: associationKeys(group),
  };
}

function associationKeys(group: DimensionGroup): readonly ForeignKeySpec[] {
  return [
    key(['dataset_type_id'], 'dataset_type', ['id']),
    key(['dataset_id'], 'dataset', ['id'], true),
    key(['collection_id'], 'collection', ['collection_id'], true),
    key(['collection_id', 'dataset_type_id'], 'collection_summary_dataset_type', ['collection_id', 'dataset_type_id']),
    ...group.required.flatMap((name) => [
      ...keyToDimension(group.universe, name),
      ...(group.universe.get(name).isGovernor ? [key(['collection_id', name], `collection_summary_${name}`, ['collection_id', name])] : []),
    ]),
  ];
}
