import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { catalogueFromShards, DEFAULT_SHARD_ORDER, type ReferenceCatalogue, shardCatalogue, shardsOfCone } from '@almagest/astrometry';
import { openFile } from '@almagest/resources';
import { readTable, type Table } from '@almagest/table';

/** Fewer stars a file than this are not worth a file. */
const STARS_PER_SHARD = 1000;

/** The finest order at which the shards of a catalogue are large enough, and the shards. */
export function splitCatalogue(catalogue: ReferenceCatalogue): { readonly order: number; readonly shards: ReadonlyMap<number, Table> } {
  for (let order = DEFAULT_SHARD_ORDER; ; order--) {
    const shards = shardCatalogue(catalogue, order);
    if (order === 0 || catalogue.count >= STARS_PER_SHARD * shards.size) return { order, shards };
  }
}

/** Path of a shard of reference stars below its folder. */
export function shardName(order: number, pixel: number): string {
  return join(`Norder=${order}`, `Npix=${pixel}.parquet`);
}

/** Reference stars about a place [rad], or all of them, from a folder of shards. */
export async function readShards(
  folder: string,
  where: { readonly ra: number; readonly dec: number; readonly radius: number } | undefined,
): Promise<ReferenceCatalogue> {
  const orders = (await readdir(folder)).flatMap((name) => /^Norder=(\d+)$/.exec(name)?.[1] ?? []);
  const shards: Table[] = [];
  for (const order of orders) {
    const names = where
      ? shardsOfCone(Number(order), where.ra, where.dec, where.radius).map((pixel) => shardName(Number(order), pixel))
      : (await readdir(join(folder, `Norder=${order}`))).map((name) => join(`Norder=${order}`, name));
    for (const name of names) {
      const path = join(folder, name);
      if (!(await stat(path).catch(() => undefined))) continue;
      await using source = await openFile(path);
      shards.push(await readTable(source, { name: path }));
    }
  }
  return catalogueFromShards(shards);
}
