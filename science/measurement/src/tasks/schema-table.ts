import { columnSpecs, getTable, surveySchema } from '@almagest/schema';
import { type Column, makeColumn, makeColumnData, makeTable, type Table } from '@almagest/table';

/**
 * Columns in the form of a table of the release schema: its names, order, types, units and UCDs.
 *
 * Columns that nothing gives are NaN, null or false. Columns that the schema does not have are left out.
 */
export function schemaTable(name: string, given: (column: string) => Column | undefined, rows: number): Table {
  const specs = columnSpecs(getTable(surveySchema('release'), name));
  return makeTable(
    specs.map((spec) => {
      const source = given(spec.name);
      if (source?.datatype === spec.datatype)
        return makeColumn({ ...spec, data: source.data, ...(source.nulls ? { nulls: source.nulls } : {}) });
      const data = makeColumnData(spec.datatype, rows);
      if (!source) {
        const isFloat = data instanceof Float32Array || data instanceof Float64Array;
        if (isFloat) data.fill(Number.NaN);
        const hasNothing = isFloat || spec.datatype === 'boolean';
        return makeColumn({ ...spec, data, ...(hasNothing ? {} : { nulls: new Uint8Array(rows).fill(1) }) });
      }
      const numbers = data as Float64Array | BigInt64Array;
      for (let i = 0; i < rows; i++) {
        const value = Number(source.data[i]);
        if (numbers instanceof BigInt64Array) numbers[i] = BigInt(Math.round(value));
        else numbers[i] = value;
      }
      return makeColumn({ ...spec, data });
    }),
    { name },
  );
}
