import { z } from 'zod';
import { BadAnnouncementError } from '../errors.ts';

/** Where the telescope will point next, and what it will take. */
export interface NextVisit {
  readonly instrument: string;
  /** What the headers of its raws will have as exposure group, or as observation id. */
  readonly groupId: string;
  /** Boresight [degree]. */
  readonly ra: number;
  readonly dec: number;
  /** Position angle of the camera's +y axis, east of north [degree]. */
  readonly skyAngle: number;
  readonly physicalFilter: string;
  /** Detectors that will be read out; all science detectors where absent. */
  readonly detectors?: readonly number[] | undefined;
  /** Begin of the exposure, ISO 8601 UTC; now where absent. */
  readonly startsAt?: string | undefined;
  readonly exposureSec: number;
  /** Exposures of the group. */
  readonly exposures: number;
}

const schema: z.ZodType<NextVisit> = z.strictObject({
  instrument: z.string().min(1).max(64),
  groupId: z.string().min(1).max(128),
  ra: z.number().min(0).lt(360),
  dec: z.number().min(-90).max(90),
  skyAngle: z.number().min(-360).max(360).default(0),
  physicalFilter: z.string().min(1).max(64),
  detectors: z.array(z.number().int().min(0)).min(1).max(1000).optional(),
  startsAt: z.iso.datetime({ offset: true }).optional(),
  exposureSec: z.number().min(0).max(7200),
  exposures: z.number().int().min(1).max(100).default(1),
});

/**
 * Checks an announcement.
 *
 * @throws {BadAnnouncementError} naming each field that is wrong.
 */
export function parseNextVisit(data: unknown): NextVisit {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`);
  throw new BadAnnouncementError(`an announcement of a visit was expected; ${lines.join('; ')}`, { details: { issues: lines } });
}

/** The last moment at which a raw of the visit is waited for [Unix ms]. */
export function deadlineOf({ startsAt, exposureSec, exposures }: NextVisit, nowMs: number, patienceSec: number): number {
  const begin = startsAt === undefined ? nowMs : Math.max(nowMs, Date.parse(startsAt));
  return begin + 1000 * (exposureSec * exposures + patienceSec);
}
