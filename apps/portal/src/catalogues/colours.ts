import { makeColumn, type Column, type Table } from '@almagest/table';
import { numbersOf } from './result-model.ts';

/** AB magnitude of 1 nJy. */
const ZERO_NJY = 2.5 * Math.log10(3631e9);
const BANDS = ['u', 'g', 'r', 'i', 'z', 'y', 'B', 'V'] as const;
/** Fluxes by preference: of the direct images, then of any. */
const PREFERRED = [/_scienceFluxMean$/, /_psfFluxMean$/, /Flux(Mean)?$/];

/** A colour and the magnitude that it is shown against. */
export interface ColourPair {
  readonly colour: string;
  readonly magnitude: string;
}

/**
 * Adds magnitudes and colours to a result that has fluxes [nJy] or magnitudes of several bands, so that plots, filters and brush know
 * them as any other column.
 *
 * @returns The table itself where there are no two bands.
 */
export function withColours(table: Table): { readonly table: Table; readonly pairs: readonly ColourPair[] } {
  const magnitudes = BANDS.flatMap((band) => {
    const found = magnitudeOf(table, band);
    return found && numbersOf(found.column).some(Number.isFinite) ? [{ band, ...found }] : [];
  });
  if (magnitudes.length < 2) return { table, pairs: [] };
  const added: Column[] = magnitudes.flatMap(({ column, isNew }) => (isNew ? [column] : []));
  const pairs: ColourPair[] = [];
  for (let i = 0; i + 1 < magnitudes.length; i++) {
    const [blue, red] = [magnitudes[i]!, magnitudes[i + 1]!];
    const name = `${blue.band} - ${red.band}`;
    const [a, b] = [numbersOf(blue.column), numbersOf(red.column)];
    added.push(
      makeColumn({
        name,
        datatype: 'float64',
        unit: 'mag',
        data: a.map((value, k) => value - b[k]!),
        description: 'Colour, made by the page',
      }),
    );
    pairs.push({ colour: name, magnitude: red.column.name });
  }
  return { table: { ...table, columns: [...table.columns, ...added] }, pairs };
}

function magnitudeOf(table: Table, band: string): { readonly column: Column; readonly isNew: boolean } | undefined {
  const own = table.columns.find(({ name }) => name === `${band}Mag` || name === `${band}_mag` || name === `mag_${band}`);
  if (own) return { column: own, isNew: false };
  for (const pattern of PREFERRED) {
    const flux = table.columns.find(({ name }) => name.startsWith(`${band}_`) && pattern.test(name));
    if (!flux) continue;
    const data = numbersOf(flux).map((value) => (value > 0 ? ZERO_NJY - 2.5 * Math.log10(value) : Number.NaN));
    const description = `AB magnitude of ${flux.name}, made by the page`;
    return { column: makeColumn({ name: `${band}_mag`, datatype: 'float64', unit: 'mag', data, description }), isNew: true };
  }
  return undefined;
}
