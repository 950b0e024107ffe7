import { adqlName, type Catalog } from '@almagest/adql';
import { type ReactElement, useState } from 'react';
import { parsePosition } from '../services/sky-text.ts';

type CatalogTable = Catalog['tables'][number];

interface Condition {
  readonly id: number;
  readonly column: string;
  readonly operator: string;
  readonly value: string;
}

const OPERATORS = ['<', '<=', '=', '>=', '>', '<>', 'LIKE', 'IS NULL', 'IS NOT NULL'] as const;
const UNARY = /NULL$/;
/** Columns that a form asks for when nobody chose any. */
const FEW_COLUMNS = 10;

export interface SearchFormProps {
  readonly catalog: Catalog;
  /** Takes the query over, and runs it at once where that is wanted. */
  readonly onQuery: (adql: string, options: { readonly run: boolean }) => void;
}

/** A search for those who do not write ADQL: a table, a place, conditions. It writes the query, which may then be changed. */
export function SearchForm({ catalog, onQuery }: SearchFormProps): ReactElement {
  const tables = catalog.tables.filter(({ schema }) => schema.toUpperCase() !== 'TAP_SCHEMA');
  const [chosen, setChosen] = useState('');
  const [position, setPosition] = useState('');
  const [radius, setRadius] = useState('30');
  const [conditions, setConditions] = useState<readonly Condition[]>([]);
  const [next, setNext] = useState(1);
  const table = tables.find((each) => nameOf(each) === chosen) ?? tables[0];
  if (!table) return <p className="quiet">There is no table to search.</p>;
  const place = position.trim() === '' ? undefined : parsePosition(position);
  const isBadPlace = position.trim() !== '' && place === undefined;
  const change = (id: number, changes: Partial<Condition>): void =>
    setConditions(conditions.map((each) => (each.id === id ? { ...each, ...changes } : each)));
  const query = writeQuery(table, { ...(place ? { place } : {}), radiusArcsec: Number(radius), conditions });
  return (
    <form
      className="card pad stack search-form"
      aria-label="Search form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBadPlace) onQuery(query, { run: true });
      }}
    >
      <div className="row">
        <label className="field">
          Table
          <select
            value={nameOf(table)}
            onChange={(event) => {
              setChosen(event.target.value);
              setConditions([]);
            }}
          >
            {tables.map((each) => (
              <option key={nameOf(each)}>{nameOf(each)}</option>
            ))}
          </select>
        </label>
        {table.sky && (
          <>
            <label className="field grow">
              About the position
              <input
                value={position}
                placeholder="anywhere, or 150.1 2.2, or 10:00:24 +02:12:00"
                aria-invalid={isBadPlace}
                onChange={(event) => setPosition(event.target.value)}
              />
            </label>
            <label className="field">
              Radius [arcsec]
              <input type="number" min="0" step="any" value={radius} onChange={(event) => setRadius(event.target.value)} />
            </label>
          </>
        )}
      </div>
      {conditions.map(({ id, column, operator, value }, i) => (
        <div key={id} className="row">
          <select
            aria-label={`Column of condition ${i + 1}`}
            value={column}
            onChange={(event) => change(id, { column: event.target.value })}
          >
            {table.columns.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
          <select
            aria-label={`Comparison of condition ${i + 1}`}
            value={operator}
            onChange={(event) => change(id, { operator: event.target.value })}
          >
            {OPERATORS.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
          {!UNARY.test(operator) && (
            <input
              aria-label={`Value of condition ${i + 1}`}
              value={value}
              onChange={(event) => change(id, { value: event.target.value })}
            />
          )}
          <button type="button" className="tiny" onClick={() => setConditions(conditions.filter((each) => each.id !== id))}>
            Remove condition {i + 1}
          </button>
        </div>
      ))}
      <div className="row">
        <button type="submit" className="primary">
          Search
        </button>
        <button
          type="button"
          onClick={() => {
            setConditions([...conditions, { id: next, column: table.columns[0]?.name ?? '', operator: '>', value: '' }]);
            setNext(next + 1);
          }}
        >
          Add a condition
        </button>
        <button type="button" onClick={() => onQuery(query, { run: false })}>
          Show as ADQL
        </button>
        <span className="small bad-text" role="status">
          {isBadPlace && 'Write a position as 150.1 2.2 in degrees, or as 10:00:24 +02:12:00.'}
        </span>
      </div>
    </form>
  );
}

const nameOf = ({ schema, name }: CatalogTable): string => `${schema}.${name}`;

interface Wanted {
  readonly place?: { readonly ra: number; readonly dec: number };
  readonly radiusArcsec: number;
  readonly conditions: readonly Condition[];
}

/** The query that a form stands for. */
export function writeQuery(table: CatalogTable, { place, radiusArcsec, conditions }: Wanted): string {
  const used = new Set(conditions.map(({ column }) => column));
  const shown = table.columns.filter((column, i) => i < FEW_COLUMNS || used.has(column.name)).map(({ name }) => adqlName(name));
  const tests = conditions.flatMap(({ column, operator, value }) => {
    if (UNARY.test(operator)) return [`${adqlName(column)} ${operator}`];
    if (value.trim() === '') return [];
    const isNumber = value.trim() !== '' && Number.isFinite(Number(value));
    const isText = table.columns.find(({ name }) => name === column)?.type === 'VARCHAR' || operator === 'LIKE';
    return [`${adqlName(column)} ${operator} ${isNumber && !isText ? value.trim() : `'${value.replaceAll("'", "''")}'`}`];
  });
  if (place && table.sky) {
    const degrees = Number((radiusArcsec / 3600).toPrecision(6));
    const point = `POINT(${adqlName(table.sky.ra)}, ${adqlName(table.sky.dec)})`;
    tests.unshift(`CONTAINS(${point}, CIRCLE(${Number(place.ra.toFixed(7))}, ${Number(place.dec.toFixed(7))}, ${degrees})) = 1`);
  }
  const where = tests.length > 0 ? `\nWHERE ${tests.join('\n  AND ')}` : '';
  return `SELECT ${shown.join(', ')}\nFROM ${adqlName(table.schema)}.${adqlName(table.name)}${where}`;
}
