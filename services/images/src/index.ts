export { CutoutOutsideError, CutoutTooLargeError, ImageNotFoundError, ImageParameterError, NoWcsError } from './errors.ts';
export { type ImagesOptions, loadObsCore, registerImages } from './images-plugin.ts';
export type { ImageRecord } from './models/image-record.ts';
export { OBSCORE_SCHEMA, OBSCORE_TABLE, obsCoreRows, type Publisher, publisherId } from './models/obscore.ts';
export { parseShape, type SkyShape } from './models/sky-shape.ts';
export { cutOutShape, cutOutStamp, cutoutBytes, MAX_CUTOUT_PIXELS, type StampRequest } from './services/cutout.ts';
export { createImageCatalog, type ImageCatalog, type ImageCatalogOptions } from './storage/image-catalog.ts';
