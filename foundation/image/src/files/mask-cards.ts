import { Header } from '@almagest/fits';
import { MaskPlanesError } from '../errors.ts';
import { DEFAULT_MASK_PLANES, type MaskPlanes } from '../pixels/mask.ts';

/** Cards MP_name = bit, one for each plane. */
export function maskCards(planes: MaskPlanes): Header {
  const header = new Header();
  for (const [name, bit] of Object.entries(planes)) header.set(`MP_${name}`, bit);
  return header;
}

/**
 * Planes from MP_ cards; the default ones where there are none.
 *
 * @throws {MaskPlanesError} if a card gives no bit from 0 to 30.
 */
export function readMaskPlanes(header: Header): MaskPlanes {
  const planes: Record<string, number> = {};
  for (const { keyword, value } of header.cards) {
    if (!keyword.startsWith('MP_')) continue;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 30)
      throw new MaskPlanesError(`${keyword} must be a bit from 0 to 30; found ${JSON.stringify(value)}`, { details: { card: keyword } });
    planes[keyword.slice(3)] = value;
  }
  return Object.keys(planes).length > 0 ? planes : DEFAULT_MASK_PLANES;
}
