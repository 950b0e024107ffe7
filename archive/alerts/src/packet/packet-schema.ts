import { type AvroRecord, type AvroType, avroRecord, getTable, surveySchema } from '@almagest/schema';

/** Version of the packet; grows with every change of the tables in it. */
export const PACKET_VERSION = '1.0';
/** Number of this version as the wire format and the registry know it. */
export const PACKET_SCHEMA_ID = 100;
/** Name of the packets' Avro schema in a registry. */
export const PACKET_SUBJECT = 'alert-packet';

const NAMESPACE = `almagest.v${PACKET_VERSION.replace('.', '_')}`;
/** Names under which other readers of the field know the same records. */
const KIN = ['lsst.v11_0', 'lsst.v10_0'];

/** Records of a packet by their name in it, with the table that each is a row of. */
export const PACKET_TABLES = {
  diaSource: 'DiaSource',
  diaForcedSource: 'DiaForcedSource',
  diaObject: 'DiaObject',
  ssSource: 'SSSource',
  mpc_orbits: 'mpc_orbits',
} as const;

export type PacketRecord = keyof typeof PACKET_TABLES;

/** An Avro record as JSON; fields may hold records. */
export interface AvroSchemaJson {
  readonly type: 'record';
  readonly name: string;
  readonly namespace?: string;
  readonly aliases?: readonly string[];
  readonly doc?: string;
  readonly fields: readonly { readonly name: string; readonly type: unknown; readonly doc?: string; readonly default?: unknown }[];
}

const apdb = surveySchema('apdb');
/** Fields that count measurements. */
const COUNTS = /Ndata$|^bboxSize$/;

/** One record of the packet, from the table's schema; counts are zero by default. */
export function packetRecord(name: PacketRecord): AvroRecord & { readonly aliases: readonly string[] } {
  const record = avroRecord(getTable(apdb, PACKET_TABLES[name]), { name, namespace: NAMESPACE });
  const fields = record.fields.map((field) => (COUNTS.test(field.name) && field.type === 'int' ? { ...field, default: 0 } : field));
  return { ...record, fields, aliases: KIN.map((kin) => `${kin}.${name}`) };
}

/**
 * The Avro schema of a packet: the source that caused it, its history, its object, what is known of a moving object, and stamps.
 *
 * Records and fields carry the field's published names, so that readers of its alerts resolve ours, and ours theirs.
 */
export function packetSchema(): AvroSchemaJson {
  const optional = (type: unknown): unknown => ['null', type];
  const field = (name: string, type: unknown, doc: string): AvroSchemaJson['fields'][number] => ({
    name,
    type: optional(type),
    doc,
    default: null,
  });
  return {
    type: 'record',
    name: 'alert',
    namespace: NAMESPACE,
    aliases: KIN.map((kin) => `${kin}.alert`),
    doc: `Alert packet, version ${PACKET_VERSION}.`,
    fields: [
      { name: 'diaSourceId', type: 'long', doc: 'Id of the source that caused this alert.' },
      field('observation_reason', 'string', 'Why the scheduler chose this visit.'),
      field('target_name', 'string', 'What the visit was aimed at.'),
      { name: 'diaSource', type: packetRecord('diaSource') as unknown as AvroType, doc: 'The source that caused this alert.' },
      field(
        'prvDiaSources',
        { type: 'array', items: `${NAMESPACE}.diaSource` },
        'Earlier sources of the object, oldest first, up to twelve months.',
      ),
      field(
        'prvDiaForcedSources',
        { type: 'array', items: packetRecord('diaForcedSource') },
        'Forced photometry of the object, oldest first, up to twelve months.',
      ),
      field('diaObject', packetRecord('diaObject'), 'The object as of this visit.'),
      field('ssSource', packetRecord('ssSource'), 'Prediction for the Solar System object that was matched.'),
      field('mpc_orbits', packetRecord('mpc_orbits'), 'Orbit of the Solar System object that was matched.'),
      field('cutoutDifference', 'bytes', 'FITS file: difference image, with WCS.'),
      field('cutoutScience', 'bytes', 'FITS file: science image, with WCS.'),
      field('cutoutTemplate', 'bytes', 'FITS file: template image, with WCS.'),
    ],
  };
}
