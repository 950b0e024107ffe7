import type { SchemaTable } from '@almagest/schema';

export interface IngestOptions {
  /** Folder that catalogues stand in. */
  readonly archive: string;
  /** Name of the catalogue: its folder. */
  readonly name: string;
  /** Files of one format: Parquet, CSV, TSV, FITS, VOTable, ECSV, JSON, Arrow. */
  readonly inputs: readonly string[];
  /** Columns of the position [deg]. */
  readonly raColumn: string;
  readonly decColumn: string;
  /** `object` (default) or `source`, for catalogues of repeated detections. */
  readonly kind?: 'object' | 'source';
  /** Most rows of a tile (default 1 000 000). */
  readonly maxRows?: number;
  /** Coarsest and finest order of tiles (default 0 and 10). */
  readonly lowestOrder?: number;
  readonly highestOrder?: number;
  /** Width of the margin cache [arcsec]; none where it is absent. */
  readonly marginArcsec?: number;
  /** Column to index, usually the identifier; none where it is absent. */
  readonly indexColumn?: string;
  /** Units, UCDs and descriptions of columns, and the names and types to check against. */
  readonly schema?: SchemaTable;
  /** Release that the catalogue belongs to. */
  readonly release?: string;
  /** Who may read it: `public`, or the scopes one of which is needed. */
  readonly access?: 'public' | readonly string[];
  /** What to do where the name is taken: refuse (default), take its place, or add the rows to it. */
  readonly existing?: 'refuse' | 'replace' | 'append';
  /** What to do with rows whose position is null or off the sky: refuse (default) or leave them out. */
  readonly badPositions?: 'refuse' | 'drop';
  /** Time of the ingest, for provenance. */
  readonly now: Date;
  readonly threads?: number;
  /** Memory of the engine, such as `1GB`; sorting beyond it goes through the work folder. */
  readonly memoryLimit?: string;
  readonly signal?: AbortSignal;
}

/** Folder of the margin cache of a collection. */
export function marginName(options: Pick<IngestOptions, 'name' | 'marginArcsec'>): string {
  return `${options.name}_margin_${String(options.marginArcsec).replace('.', 'p')}arcs`;
}

/** Folder of the index of a collection. */
export function indexName(options: Pick<IngestOptions, 'name' | 'indexColumn'>): string {
  return `${options.name}_${options.indexColumn}_index`;
}
