import type { RawExposure } from '@almagest/instrument';
import { type Connection, type Deferred, input, output } from '@almagest/pipeline';
import type { Verification } from '../verify/verify-products.ts';

/** Dimensions of what belongs to a detector. */
export const DETECTOR: string[] = ['instrument', 'detector'];
export const FILTER: string[] = [...DETECTOR, 'physical_filter'];
export const EXPOSURE: string[] = ['instrument', 'exposure', 'detector'];

/** Raws that are read one after the other. */
export function rawFrames(doc: string): Connection<readonly Deferred<RawExposure>[], 'input'> {
  return input<readonly Deferred<RawExposure>[]>({
    name: 'raw',
    storageClass: 'RawExposure',
    dimensions: EXPOSURE,
    doc,
    multiple: true,
    deferred: true,
  });
}

/** What the checks of a product said, and their plot. */
export function verificationOf(product: string, dimensions: string[] = DETECTOR): Connection<Verification, 'output'> {
  return output<Verification>({
    name: `${product}Verification`,
    storageClass: 'StructuredDataDict',
    dimensions,
    doc: `Statistics of the ${product} against their limits, and a plot.`,
  });
}
