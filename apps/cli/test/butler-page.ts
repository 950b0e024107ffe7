/** What the page of the browser test does: it holds a butler and answers with what it found. */
import { connectButler, ingestFiles } from '@almagest/butler/client';

const FRAME_SIDE = 32;

async function holdButler(token: string): Promise<unknown> {
  const butler = await connectButler('/api/butler', { token, run: 'u/browser' });
  const dataId = { instrument: 'SimCam-tiny', detector: 0 };
  await butler.registerDatasetType({ name: 'note', dimensions: ['detector'], storageClass: 'StructuredDataDict' });
  await butler.registerDatasetType({ name: 'frame', dimensions: ['detector'], storageClass: 'ImageF' });
  await butler.put({ seeing: 0.7, by: 'a browser' }, 'note', dataId);
  const data = Float32Array.from({ length: FRAME_SIDE * FRAME_SIDE }, (_, i) => i);
  await butler.put({ width: FRAME_SIDE, height: FRAME_SIDE, stride: FRAME_SIDE, x0: 0, y0: 0, data }, 'frame', dataId);
  const box = { x0: 1, y0: 2, width: 2, height: 1 };
  const part = (await butler.get('frame', dataId, { parameters: { bbox: box } })) as { readonly data: Float32Array };
  let streamed = 0;
  for await (const page of butler.query().dataIds(['detector', 'physical_filter']).pages()) streamed += page.length;
  // A page cannot follow which code asks, and its transactions are whole all the same.
  const undone = await butler
    .transaction(async () => {
      await butler.registerDatasetType({ name: 'file', dimensions: ['detector'], storageClass: 'StructuredDataDict' });
      throw new Error('changed my mind');
    })
    .catch((error: unknown) => (error as Error).message);
  const wasUndone = (await butler.registry.findDatasetType('file')) ?? undone;
  const taken = await butler.transaction(async () => {
    await butler.registerDatasetType({ name: 'file', dimensions: ['detector'], storageClass: 'StructuredDataDict' });
    const path = URL.createObjectURL(new Blob(['n: 7\n']));
    const refs = [await butler.makeRef('file', dataId)];
    await ingestFiles(butler, [{ path, refs }], { mode: 'copy' });
    return await butler.get(refs[0]!);
  });
  const refusal = await butler.queryDataIds(['visit'], { where: 'visit = = 1' }).catch((error: unknown) => error);
  return {
    universe: butler.universe.version,
    note: await butler.get('note', dataId),
    part: [...part.data].slice(0, 2),
    streamed,
    wasUndone,
    taken,
    filters: (await butler.queryDimensionRecords('physical_filter', { where: "band = 'r'" })).map((record) => record.fields['name']),
    refusal: (refusal as { constructor: { code?: string } }).constructor.code,
    signed: await (await fetch((await butler.getSignedUris(await butler.getDataset('note', dataId), 60))[0]!)).text(),
  };
}

Object.assign(globalThis, { holdButler });
