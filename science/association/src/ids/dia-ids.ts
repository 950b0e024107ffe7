import { IdOverflowError } from '../errors.ts';

/** Bits of a visit: day and number (`yyyymmddnnnnn`) fit until the year 2199. */
const VISIT_BITS = 41n;
const DETECTOR_BITS = 8n;
/** Detections of one detector and visit: 16,384. */
const NUMBER_BITS = 14n;

/** Where and when an id was given. */
export interface DiaIdParts {
  readonly visit: bigint;
  readonly detector: number;
  readonly number: number;
}

/**
 * Packs visit, detector and running number into a positive 64-bit id.
 *
 * The same detection gets the same id in every run, so that a repeated visit writes the same rows.
 *
 * @throws {IdOverflowError} if a part is negative or does not fit.
 */
export function packDiaId({ visit, detector, number }: DiaIdParts): bigint {
  const v = fitting('visit', visit, VISIT_BITS);
  const d = fitting('detector', BigInt(detector), DETECTOR_BITS);
  const n = fitting('running number', BigInt(number), NUMBER_BITS);
  return (((v << DETECTOR_BITS) | d) << NUMBER_BITS) | n;
}

/** The parts that {@link packDiaId} packed. */
export function unpackDiaId(id: bigint): DiaIdParts {
  return {
    visit: id >> (DETECTOR_BITS + NUMBER_BITS),
    detector: Number((id >> NUMBER_BITS) & ((1n << DETECTOR_BITS) - 1n)),
    number: Number(id & ((1n << NUMBER_BITS) - 1n)),
  };
}

/** Ids of the first `count` running numbers of a visit and detector. */
export function diaIds(visit: bigint, detector: number, count: number): BigInt64Array {
  const ids = new BigInt64Array(count);
  if (count === 0) return ids;
  packDiaId({ visit, detector, number: count - 1 });
  const first = packDiaId({ visit, detector, number: 0 });
  for (let i = 0; i < count; i++) ids[i] = first + BigInt(i);
  return ids;
}

function fitting(part: string, value: bigint, bits: bigint): bigint {
  if (value >= 0n && value < 1n << bits) return value;
  throw new IdOverflowError(`${part} must be from 0 to ${(1n << bits) - 1n} to fit into an id; found ${value}`, {
    details: { part, value: String(value), limit: String(1n << bits) },
  });
}
