import type { Catalog } from '@almagest/adql';
import type { ReactElement } from 'react';

type CatalogTable = Catalog['tables'][number];

/** What there is to ask, for a reader who has not asked yet. */
export function TableList({
  catalog,
  onChoose,
}: {
  readonly catalog: Catalog;
  readonly onChoose: (table: CatalogTable) => void;
}): ReactElement {
  const tables = catalog.tables.toSorted((a, b) => Number(a.schema === 'TAP_SCHEMA') - Number(b.schema === 'TAP_SCHEMA'));
  return (
    <section className="card pad stack" aria-labelledby="tables">
      <h2 id="tables">Tables</h2>
      <ul className="lines">
        {tables.map((table) => (
          <li key={`${table.schema}.${table.name}`}>
            <button type="button" className="plain tiny" onClick={() => onChoose(table)}>
              <code>
                {table.schema}.{table.name}
              </code>
            </button>
            <span className="quiet small">
              {sentence(table.description)} {table.columns.length} columns.
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const sentence = (text: string | undefined): string => (!text || /[.!?]$/.test(text) ? (text ?? '') : `${text}.`);
