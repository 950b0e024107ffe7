import { emptyHdu, imageHdu, type OutputHdu, writeFits } from '@almagest/fits';
import type { Camera } from '@almagest/instrument';
import type { SimulatedExposure } from '../observation/simulate-exposure.ts';
import { amplifierHeader, primaryHeader } from './raw-headers.ts';

/** Name of the file of one detector of one exposure. */
export function rawFileName(camera: Camera, { plan, detector }: Pick<SimulatedExposure, 'plan' | 'detector'>): string {
  return `${camera.name.toLowerCase()}_${plan.type}_${plan.dayObs}_${String(plan.sequence).padStart(5, '0')}_${detector.name}.fits`;
}

/** A raw as FITS: a primary header and one extension an amplifier, unsigned 16-bit. */
export function rawBytes(camera: Camera, exposure: SimulatedExposure): AsyncGenerator<Uint8Array> {
  const { plan, detector } = exposure;
  const hdus: OutputHdu[] = [emptyHdu(primaryHeader(camera, detector, plan))];
  for (const { amplifier, data, width, height } of exposure.raw) {
    hdus.push(imageHdu({ data, shape: [height, width], header: amplifierHeader(camera, detector, amplifier, plan) }));
  }
  return writeFits(hdus);
}
