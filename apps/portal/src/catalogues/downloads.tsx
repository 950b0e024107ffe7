import { type ReactElement, useState } from 'react';
import { MEDIA_TYPES, type Table, type TableFormat, takeRows, writeTable } from '@almagest/table';

const FORMATS: readonly (readonly [format: TableFormat, title: string, ending: string])[] = [
  ['votable', 'VOTable', 'vot'],
  ['fits', 'FITS', 'fits'],
  ['parquet', 'Parquet', 'parquet'],
  ['arrow', 'Arrow', 'arrow'],
  ['csv', 'CSV', 'csv'],
  ['tsv', 'TSV', 'tsv'],
  ['ecsv', 'ECSV', 'ecsv'],
  ['json', 'JSON', 'json'],
];

/** Files of the rows in view, made in the page; and the address at which programs get the same from the service. */
export function Downloads({
  table,
  rows,
  query,
}: {
  readonly table: Table;
  readonly rows: Uint32Array;
  readonly query: string;
}): ReactElement {
  const [state, setState] = useState('');
  const save = async (format: TableFormat, ending: string): Promise<void> => {
    setState(`Writing ${ending}…`);
    try {
      const part = rows.length === table.nrows ? table : takeRows(table, rows);
      const pieces = await Array.fromAsync(writeTable(part, format));
      const url = URL.createObjectURL(new Blob(pieces as Uint8Array<ArrayBuffer>[], { type: MEDIA_TYPES[format] }));
      const link = Object.assign(document.createElement('a'), { href: url, download: `almagest.${ending}` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
      setState('');
    } catch (error) {
      setState(error instanceof Error ? error.message : String(error));
    }
  };
  const address = `${location.origin}/tap/sync?${new URLSearchParams({ LANG: 'ADQL', QUERY: query }).toString()}`;
  return (
    <div className="stack">
      <p>The {rows.length.toLocaleString('en')} rows that are in view, with their units and descriptions, as</p>
      <div className="row">
        {FORMATS.map(([format, title, ending]) => (
          <button key={format} type="button" onClick={() => void save(format, ending)}>
            {title}
          </button>
        ))}
        <span className="small quiet" role="status">
          {state}
        </span>
      </div>
      <label className="field">
        For TOPCAT, pyvo and other programs
        <input readOnly value={address} onFocus={(event) => event.target.select()} />
      </label>
    </div>
  );
}
