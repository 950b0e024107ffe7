import { expect, test } from 'vitest';
import { asciiTableHdu, bytesSource, fitsBytes, getColumn, openFits, readTable, verifyFits } from '../index.ts';

test('an ASCII table brings back integers, reals to the last bit, strings and nulls', async () => {
  const columns = [
    { name: 'id', values: BigInt64Array.of(-(2n ** 63n), 9007199254740993n, 5n), unit: 'count' },
    { name: 'n', values: Int32Array.of(1, -22, 333), nulls: Uint8Array.of(0, 1, 0) },
    { name: 'f32', values: Float32Array.of(0.1, -3.4e38, 1e-40) },
    { name: 'f64', values: Float64Array.of(Math.PI, Number.NaN, -2.2250738585072014e-308) },
    { name: 'name', values: ['M 13', '', 'NGC 6205'] },
  ];
  const file = await openFits(bytesSource(await fitsBytes([asciiTableHdu({ columns, name: 'LIST' })], { checksum: true })));
  const hdu = await file.hdu('LIST');
  expect(hdu.kind).toBe('ascii-table');
  expect(await verifyFits(file)).toEqual([]);
  const table = await readTable(hdu);
  expect(getColumn(table, 'id').values).toEqual(columns[0].values);
  expect([...(getColumn(table, 'n').nulls ?? [])]).toEqual([0, 1, 0]);
  expect(Float32Array.from(getColumn(table, 'f32').values as Float64Array)).toEqual(columns[2].values);
  expect(getColumn(table, 'f64').values).toEqual(columns[3].values);
  expect(getColumn(table, 'name').values).toEqual(columns[4].values);
});

test('what ASCII tables do not have is refused', () => {
  const arrays = { name: 'v', values: new Float64Array(6), cellShape: [2] };
  expect(() => asciiTableHdu({ columns: [arrays], rows: 3 })).toThrow('one number or string a cell');
  expect(() => asciiTableHdu({ columns: [{ name: 's', values: ['é'] }] })).toThrow('printable ASCII');
});
