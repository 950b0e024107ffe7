/** What a page uses of this room: packets and filters, without the log, the broker and the archive, which need Node. */
export { type DecodedPacket, packetType, type PacketType, type PacketValue } from './avro/avro-type.ts';
export { type PacketFile, readPackets } from './avro/read-packets.ts';
export { AlertSchemaError, FilterLimitError, FilterSyntaxError, PacketFormatError, PacketValueError } from './errors.ts';
export { type CompiledFilter, compileFilter, type FilterOptions } from './filter/compile-filter.ts';
export { makeWatchlist, type SkySets, type Watchlist, type WatchlistEntry } from './filter/sky-sets.ts';
