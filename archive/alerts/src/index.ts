export { type DecodedPacket, packetType, type PacketType, type PacketValue } from './avro/avro-type.ts';
export { type AvroContainer, type ContainerOptions, readContainer, writeContainer } from './avro/container.ts';
export { type PacketFile, readPackets } from './avro/read-packets.ts';
export {
  AlertNotFoundError,
  AlertSchemaError,
  BrokerUnavailableError,
  FilterLimitError,
  FilterSyntaxError,
  LogDamagedError,
  LogLockedError,
  LogWriteError,
  PacketFormatError,
  PacketValueError,
  UnknownSchemaError,
} from './errors.ts';
export { type EncodedPacket, encodePackets, type PacketCutouts, type PacketInputs } from './packet/encode-packets.ts';
export {
  type AvroSchemaJson,
  PACKET_SCHEMA_ID,
  PACKET_SUBJECT,
  PACKET_VERSION,
  packetRecord,
  type PacketRecord,
  packetSchema,
} from './packet/packet-schema.ts';
export { cutStamp, type StampOptions } from './cutout/stamp.ts';
export { type StampCard, type StampPlane, writeStampFile } from './cutout/stamp-file.ts';
