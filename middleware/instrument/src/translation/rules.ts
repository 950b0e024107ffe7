import { z } from 'zod';
import { PROPERTY_NAMES, type PropertyName } from '../properties/properties.ts';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const table = z.record(z.string(), scalar);

const HEADER_UNITS = [
  's',
  'ms',
  'us',
  'min',
  'deg',
  'rad',
  'hour',
  'm',
  'cm',
  'mm',
  'um',
  'K',
  'degC',
  'Pa',
  'hPa',
  'mbar',
  'mmHg',
  'torr',
  '%',
  'fraction',
] as const;

/** Units that a header may give a quantity in; the result is in the unit of the property. */
export type HeaderUnit = (typeof HEADER_UNITS)[number];

type Scalar = string | number | boolean | null;
type LookupTable = Record<string, Scalar>;

interface RuleOptions {
  /** Unit of the header's number. */
  unit?: HeaderUnit | undefined;
  /** Value used where the header has none, in the unit of the header. */
  default?: Scalar | undefined;
  /** Values outside [minimum, maximum] are replaced by the default, in the unit of the header. */
  minimum?: number | undefined;
  maximum?: number | undefined;
  /** Names of the header's values to those of the property. */
  table?: LookupTable | undefined;
  /** Value where the table has no entry; without it the header's value passes through. */
  otherwise?: Scalar | undefined;
  /** The default is not believed for science observations: there the header must have the value. */
  scienceNeedsHeader?: boolean | undefined;
}

/** How one property is found: a constant, a keyword (the first of several that is present), or an expression. */
export type PropertyRule = { const: Scalar | number[] } | ({ key: string | string[] } & RuleOptions) | ({ expr: string } & RuleOptions);

export interface CorrectionRule {
  /** Expression; the correction applies where it is true. */
  when: string;
  why: string;
  set: Record<string, Scalar | { expr: string }>;
}

/** The `translation` part of a camera file, and of a file of rules that camera files extend. */
export interface TranslationRules {
  /** Name of a file of rules beside the camera file; its rules apply where this file has none. */
  extends?: string | undefined;
  /** Expression over the header; true where this camera made it. */
  match?: string | undefined;
  /** Properties without which the header cannot be ingested. */
  required?: PropertyName[] | undefined;
  /** Expression over the merged header of an extension that tells which extensions hold a detector; default: the primary header. */
  extensions?: string | undefined;
  /** Observation types in which the detector sees sky, and does not. */
  skyTypes?: string[] | undefined;
  darkTypes?: string[] | undefined;
  tables?: Record<string, LookupTable> | undefined;
  corrections?: CorrectionRule[] | undefined;
  properties: Partial<Record<PropertyName, PropertyRule>>;
}

const shared = {
  unit: z.enum(HEADER_UNITS).optional(),
  default: scalar.optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  table: table.optional(),
  otherwise: scalar.optional(),
  scienceNeedsHeader: z.boolean().optional(),
};

const rule = z.union([
  z.strictObject({ const: z.union([scalar, z.array(z.number())]) }),
  z.strictObject({ key: z.union([z.string(), z.array(z.string()).min(1)]), ...shared }),
  z.strictObject({ expr: z.string(), ...shared }),
]);

const correction = z.strictObject({
  when: z.string(),
  why: z.string(),
  set: z.record(z.string(), z.union([scalar, z.strictObject({ expr: z.string() })])),
});

/** Schema of {@link TranslationRules}. */
export const translationSchema: z.ZodType<TranslationRules> = z.strictObject({
  extends: z.string().optional(),
  match: z.string().optional(),
  required: z.array(z.enum(PROPERTY_NAMES)).optional(),
  extensions: z.string().optional(),
  skyTypes: z.array(z.string()).optional(),
  darkTypes: z.array(z.string()).optional(),
  tables: z.record(z.string(), table).optional(),
  corrections: z.array(correction).optional(),
  properties: z.partialRecord(z.enum(PROPERTY_NAMES), rule),
});

/**
 * Lays the rules of one file over those it extends: its properties and tables win one by one, corrections add up.
 */
export function extendRules(base: TranslationRules, own: TranslationRules): TranslationRules {
  return {
    ...base,
    ...own,
    tables: { ...base.tables, ...own.tables },
    corrections: [...(base.corrections ?? []), ...(own.corrections ?? [])],
    properties: { ...base.properties, ...own.properties },
  };
}
