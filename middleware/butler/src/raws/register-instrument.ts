import type { Camera } from '@almagest/instrument';
import type { Butler } from '../butler/butler.ts';

/** How exposures are grouped into visits, with the ids and names that the field gives these ways. */
export const VISIT_SYSTEMS = [
  { id: 0, name: 'one-to-one' },
  { id: 1, name: 'by-group-metadata' },
  { id: 2, name: 'by-seq-start-end' },
] as const;

/** Filter of exposures that let no light in, such as biases and darks. */
const NO_FILTER = 'none';

/** Text fields of records hold this many characters. */
const NAME_LENGTH = 32;

/**
 * Registers a camera: instrument, detectors, filters and visit systems. Repeating it changes nothing; with `update` it brings changes of the camera file.
 *
 * @returns name of the instrument.
 */
export async function registerInstrument(butler: Butler, camera: Camera, options: { readonly update?: boolean } = {}): Promise<string> {
  const instrument = camera.name;
  const sync = async (element: string, record: Readonly<Record<string, unknown>>): Promise<unknown> =>
    await butler.registry.syncDimensionData(element, record, { update: options.update ?? false });
  await butler.transaction(async () => {
    await sync('instrument', {
      name: instrument,
      visit_max: camera.maxExposureId + 1,
      visit_system: 0,
      exposure_max: camera.maxExposureId + 1,
      detector_max: Math.max(0, ...camera.detectors.map((detector) => detector.id)) + 1,
      class_name: 'lsst.obs.base.Instrument',
    });
    for (const { name, band } of camera.filters) await sync('physical_filter', { instrument, name, band });
    if (!camera.filters.some(({ name }) => name === NO_FILTER))
      await sync('physical_filter', { instrument, name: NO_FILTER, band: NO_FILTER });
    for (const { id, name, group, purpose } of camera.detectors)
      await sync('detector', {
        instrument,
        id,
        full_name: detectorName(name, group),
        name_in_raft: name.slice(0, NAME_LENGTH),
        raft: group === null ? null : group.slice(0, NAME_LENGTH),
        purpose: purpose.toUpperCase(),
      });
    if (butler.universe.find('visit_system'))
      for (const { id, name } of VISIT_SYSTEMS) await sync('visit_system', { instrument, id, name });
  });
  return instrument;
}

/** Unique name of a detector within the camera. */
function detectorName(name: string, group: string | null): string {
  const full = group === null || name.startsWith(group) ? name : `${group}_${name}`;
  return full.slice(0, NAME_LENGTH);
}
