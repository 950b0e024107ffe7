import { createReferenceCatalogue, type ReferenceCatalogue } from '@almagest/astrometry';
import type { VisitInfo } from '@almagest/image';
import { findColumn, getColumn, type Table } from '@almagest/table';

const RAD = Math.PI / 180;
const MAS_PER_YEAR = RAD / 3.6e6;

/** Reference stars of a table of the repository: ra, dec [deg], one column of AB magnitudes, proper motions where it has them [mas/yr]. */
export function referenceOfTable(table: Table, magnitude: string, epoch: number): ReferenceCatalogue {
  const scaled = (name: string, factor: number): Float64Array | undefined => {
    const column = findColumn(table, name);
    return column && Float64Array.from({ length: table.nrows }, (_, i) => Number(column.data[i]) * factor);
  };
  // As Gaia spells them, or as the survey does.
  const pmRaCosDec = scaled('pmra', MAS_PER_YEAR) ?? scaled('pmRa', MAS_PER_YEAR);
  const pmDec = scaled('pmdec', MAS_PER_YEAR) ?? scaled('pmDec', MAS_PER_YEAR);
  return createReferenceCatalogue(
    {
      ra: Float64Array.from(getColumn(table, 'ra').data as Float64Array, (v) => v * RAD),
      dec: Float64Array.from(getColumn(table, 'dec').data as Float64Array, (v) => v * RAD),
      mag: Float64Array.from({ length: table.nrows }, (_, i) => Number(getColumn(table, magnitude).data[i])),
      ...(pmRaCosDec && pmDec ? { pmRaCosDec, pmDec } : {}),
    },
    epoch,
  );
}

/** Differences of two magnitudes; undefined where the catalogue lacks one. */
export function colorsOfTable(table: Table, magnitude: string, bands: string): Float64Array | undefined {
  const [blue, red] = bands.split('-').map((band) => findColumn(table, magnitude.replaceAll('{band}', band)));
  if (!blue || !red || blue === red) return undefined;
  return Float64Array.from({ length: table.nrows }, (_, i) => Number(blue.data[i]) - Number(red.data[i]));
}

/** Middle of an exposure as a Julian year; undefined where it is unknown. */
export function epochOf(info: Pick<VisitInfo, 'midpointTaiNs'> | undefined): number | undefined {
  const midpoint = info?.midpointTaiNs;
  return midpoint === undefined ? undefined : 1970 + Number(midpoint) / 1e9 / (365.25 * 86_400);
}
