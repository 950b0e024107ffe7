import { type Butler, type DatasetRef, type DatasetType, isUuid } from '@almagest/butler';
import { ImageNotFoundError } from '../errors.ts';
import type { ImageRecord } from '../models/image-record.ts';
import { readRecord } from './read-record.ts';

export interface ImageCatalogOptions {
  /** Collections whose images are shown; every RUN where none is given. */
  readonly collections?: readonly string[];
  /** Dataset types that are shown; all images unless told. */
  readonly types?: readonly string[];
}

/** The images of a repository, with what their headers say. Datasets never change, so each header is read once. */
export interface ImageCatalog {
  readonly butler: Butler;
  /** All images as the repository has them now; a file that cannot be read is left out. */
  list(): Promise<readonly ImageRecord[]>;
  get(id: string): Promise<ImageRecord>;
  /** @throws {ImageNotFoundError} unless it is an image that this catalog shows. */
  getRef(id: string): Promise<DatasetRef>;
}

const IMAGES = /^(Exposure|MaskedImage|Image|DecoratedImage)[A-Z]?$/;
/** Headers read at a time. */
const READERS = 8;

/** Makes the catalogue of the images that a repository holds; what was read once is kept. */
export function createImageCatalog(butler: Butler, options: ImageCatalogOptions = {}): ImageCatalog {
  const known = new Map<string, Promise<ImageRecord | undefined>>();
  const shows = (type: DatasetType): boolean =>
    IMAGES.test(type.storageClass) && (options.types === undefined || options.types.includes(type.name));
  const collections = async (): Promise<readonly string[]> =>
    options.collections ?? (await butler.registry.queryCollections(undefined, { types: ['RUN'] })).map((each) => each.name);
  const read = (ref: DatasetRef): Promise<ImageRecord | undefined> => {
    let record = known.get(ref.id);
    if (!record) known.set(ref.id, (record = readRecord(butler, ref).catch(() => undefined)));
    return record;
  };
  const expand = async (refs: readonly DatasetRef[]): Promise<DatasetRef[]> => {
    const dataIds = await butler.registry.expandDataIds(refs.map((ref) => ref.dataId));
    return refs.map((ref, i) => ({ ...ref, dataId: dataIds[i]! }));
  };
  const getRef = async (id: string): Promise<DatasetRef> => {
    const ref = isUuid(id) ? await butler.findDatasetById(id) : undefined;
    const visible = ref && shows(ref.datasetType) && (await runs(butler, await collections())).has(ref.run);
    if (!visible)
      throw new ImageNotFoundError(`there is no image ${JSON.stringify(id.slice(0, 60))}`, { details: { id: id.slice(0, 60) } });
    return (await expand([ref]))[0]!;
  };
  return {
    butler,
    getRef,
    async get(id) {
      const record = await read(await getRef(id));
      if (!record) throw new ImageNotFoundError(`the file of image ${id} cannot be read`, { details: { id } });
      return record;
    },
    async list() {
      const types = (await butler.registry.queryDatasetTypes()).filter(shows);
      const names = await collections();
      const refs: DatasetRef[] = [];
      for (const type of types)
        if (names.length > 0)
          refs.push(...(await butler.query().datasets({ type: type.name, collections: names, findFirst: false }).toArray()));
      const unread = refs.filter((ref) => !known.has(ref.id));
      // Data IDs are completed together where they have the same dimensions.
      for (const ofType of Map.groupBy(unread, (ref) => ref.datasetType.name).values()) await readAll(await expand(ofType), read);
      const records = await Promise.all(refs.map((ref) => known.get(ref.id)!));
      return records.filter((record) => record !== undefined).toSorted(inOrder);
    },
  };
}

async function runs(butler: Butler, collections: readonly string[]): Promise<ReadonlySet<string>> {
  return new Set((await butler.registry.flattenCollections(collections)).map((each) => each.name));
}

async function readAll(refs: readonly DatasetRef[], read: (ref: DatasetRef) => Promise<unknown>): Promise<void> {
  const left = refs.values();
  await Promise.all(
    Array.from({ length: READERS }, async () => {
      for (const ref of left) await read(ref);
    }),
  );
}

/** Newest first, then by type and id, so that a list is the same in every run. */
function inOrder(a: ImageRecord, b: ImageRecord): number {
  return (b.beginMjdTai ?? 0) - (a.beginMjdTai ?? 0) || a.type.localeCompare(b.type) || a.id.localeCompare(b.id);
}
