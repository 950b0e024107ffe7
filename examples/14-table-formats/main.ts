/** Makes a table, writes it in every format, reads each back, and streams a VOTable in batches. */
import { bytesSource } from '@almagest/fits';
import {
  columnFromCells,
  filterRows,
  getColumn,
  makeTable,
  readTable,
  sortRows,
  streamVotable,
  TABLE_FORMATS,
  writeTable,
  writeVotable,
} from '@almagest/table';

const stars = makeTable(
  [
    columnFromCells({ name: 'id', datatype: 'int64', ucd: 'meta.id;meta.main' }, [
      6636090334814214528n,
      6636090339112400000n,
      6636090339113063296n,
    ]),
    columnFromCells({ name: 'ra', datatype: 'float64', unit: 'deg', ucd: 'pos.eq.ra' }, [280.00025, 279.99329, 280.0051]),
    columnFromCells({ name: 'mags', datatype: 'float32', unit: 'mag', shape: [3] }, [
      Float32Array.of(18.1, 17.2, 16.9),
      null,
      Float32Array.of(20.4, 19.9, 19.7),
    ]),
  ],
  { name: 'stars', description: 'Three stars' },
);

for (const format of TABLE_FORMATS) {
  const bytes = Buffer.concat(await Array.fromAsync(writeTable(stars, format)));
  const back = await readTable(bytesSource(bytes), { format });
  console.log(`${format.padEnd(16)} ${String(bytes.length).padStart(6)} bytes, first id ${String(getColumn(back, 'id').data[0])}`);
}

const bright = sortRows(
  filterRows(stars, (row) => row['mags'] !== null),
  [{ column: 'ra', descending: true }],
);
console.log(`${bright.nrows} rows with magnitudes, first at ra ${String(getColumn(bright, 'ra').data[0])}`);

for await (const event of streamVotable([writeVotable(stars, { format: 'BINARY2' })], { batchRows: 2 })) {
  if (event.kind === 'table') console.log(`a table of ${event.columns.map((column) => column.name).join(', ')}`);
  if (event.kind === 'rows') console.log(`a batch of ${event.rows.nrows} rows`);
}
