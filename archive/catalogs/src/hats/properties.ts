/** Key-value files of HATS (`hats.properties`, `collection.properties`), as Java properties without escapes. */
export type HatsProperties = Readonly<Record<string, string>>;

/** Reads a properties file; comments and blank lines are skipped, later keys win. */
export function parseProperties(text: string): HatsProperties {
  const found: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith('!')) continue;
    const at = trimmed.search(/[=:]/);
    if (at > 0) found[trimmed.slice(0, at).trim()] = trimmed.slice(at + 1).trim();
  }
  return found;
}

/** Writes a properties file; undefined values are left out, line breaks become blanks. */
export function formatProperties(title: string, properties: Readonly<Record<string, string | number | undefined>>): string {
  const lines = Object.entries(properties).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${String(value).replace(/\s+/g, ' ')}`],
  );
  return `#${title}\n${lines.join('\n')}\n`;
}

/** What kind of HATS folder it is. */
export type HatsKind = 'object' | 'source' | 'margin' | 'index' | 'map' | 'association' | 'nested';

/** A HEALPix tile of a catalogue: nested index at an order. */
export interface HatsTile {
  readonly order: number;
  readonly pixel: number;
}

/** Tiles of `partition_info.csv`. Counts of old files are ignored: the files themselves know better. */
export function parsePartitionInfo(text: string): HatsTile[] {
  const [head = '', ...lines] = text.trim().split(/\r?\n/);
  const names = head.split(',').map((name) => name.trim());
  const orderAt = names.indexOf('Norder');
  const pixelAt = names.indexOf('Npix');
  if (orderAt < 0 || pixelAt < 0) return [];
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const cells = line.split(',');
      return { order: Number(cells[orderAt]), pixel: Number(cells[pixelAt]) };
    });
}

/** `partition_info.csv`, in the order of the sky. */
export function formatPartitionInfo(tiles: readonly HatsTile[]): string {
  return `Norder,Npix\n${tiles.map(({ order, pixel }) => `${order},${pixel}`).join('\n')}${tiles.length > 0 ? '\n' : ''}`;
}

/** Path of a tile's file below `dataset/`. */
export function tilePath({ order, pixel }: HatsTile, suffix = '.parquet'): string {
  return `Norder=${order}/Dir=${Math.floor(pixel / 10_000) * 10_000}/Npix=${pixel}${suffix}`;
}

/** Half-open range of `_healpix_29` that a tile holds. */
export function tileRange({ order, pixel }: HatsTile): readonly [first: bigint, end: bigint] {
  const shift = BigInt(2 * (29 - order));
  return [BigInt(pixel) << shift, (BigInt(pixel) + 1n) << shift];
}

/** Tiles in the order of `_healpix_29`. */
export function sortTiles(tiles: readonly HatsTile[]): HatsTile[] {
  return tiles.toSorted((a, b) => {
    const [first] = tileRange(a);
    const [second] = tileRange(b);
    return first < second ? -1 : first > second ? 1 : a.order - b.order;
  });
}
