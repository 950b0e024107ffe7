import { BIGINT, type DuckDBConnection, DOUBLE, DuckDBScalarFunction, type DuckDBDataChunk } from '@duckdb/node-api';
import { lonLatToNest64Column } from '@almagest/sphere';

const RADIANS = Math.PI / 180;

/**
 * Makes `almagest_healpix29(ra, dec)` known to a connection: nested HEALPix index of order 29 of a position [deg].
 *
 * Null where the position is null, not finite, or beyond a pole.
 */
export function registerHealpix(connection: DuckDBConnection): void {
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: 'almagest_healpix29',
      parameterTypes: [DOUBLE, DOUBLE],
      returnType: BIGINT,
      specialHandling: true,
      mainFunction(_info, input: DuckDBDataChunk, output) {
        const rows = input.rowCount;
        const ra = input.getColumnVector(0);
        const dec = input.getColumnVector(1);
        const lon = new Float64Array(rows);
        const lat = new Float64Array(rows);
        for (let i = 0; i < rows; i++) {
          lon[i] = Number(ra.getItem(i) ?? Number.NaN) * RADIANS;
          lat[i] = Number(dec.getItem(i) ?? Number.NaN) * RADIANS;
        }
        const indices = lonLatToNest64Column(29, lon, lat);
        for (let i = 0; i < rows; i++) {
          const index = indices[i] as bigint;
          output.setItem(i, index < 0n || index >= 1n << 62n ? null : index);
        }
        output.flush();
      },
    }),
  );
}
