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
export { fromWire, type SchemaStore, schemaStoreOf, toWire, WIRE_HEAD } from './packet/wire-format.ts';
export { alertDetector, type AlertImages, type AlertOptions, DEFAULT_SIDE, packetsOfDetector } from './produce/alert-detector.ts';
export { type AlertSummary, alertTask } from './produce/alert-task.ts';
export { AlertLog, type AlertLogOptions, type AppendOutcome, LOG_OVERHEAD, type LogInput } from './stream/alert-log.ts';
export type { LogEntry } from './stream/segment.ts';
export { type CompiledFilter, compileFilter, type FilterOptions } from './filter/compile-filter.ts';
export { FilterSet, type FilterHit, type FilterSetOptions, projectedDecoder } from './filter/filter-set.ts';
export type { Expression, Filter } from './filter/filter-tree.ts';
export { parseFilter } from './filter/parse-filter.ts';
export { makeWatchlist, type SkySets, type Watchlist, type WatchlistEntry } from './filter/sky-sets.ts';
export { packetFromJson, packetToJson } from './avro/packet-json.ts';
export { readSchemaFolder } from './avro/schema-files.ts';
export { type LoadOptions, replayLog, type ReplayOptions, simulateLoad } from './replay/replay.ts';
export { AlertArchive, type AlertSearch, type ArchivedAlert } from './archive/alert-archive.ts';
export { alertStreamPlugin, type AlertStreamOptions } from './http/alert-stream-plugin.ts';
export { type RegistryContents, registrySchemaStore, schemaRegistryPlugin } from './http/schema-registry.ts';
export { type ForwarderOptions, forwardToKafka, OFFSET_HEADER, partitionOf } from './kafka/kafka-forwarder.ts';
