/** A change of one row that was stored earlier. Times are MJD TAI. */
export type ApdbUpdate =
  | { readonly kind: 'reassign-to-object'; readonly diaSourceId: bigint; readonly diaObjectId: bigint }
  | { readonly kind: 'reassign-to-ss-object'; readonly diaSourceId: bigint; readonly ssObjectId: bigint; readonly timeMjdTai: number }
  | { readonly kind: 'withdraw-source'; readonly diaSourceId: bigint; readonly timeMjdTai: number }
  | {
      readonly kind: 'withdraw-forced-source';
      readonly diaObjectId: bigint;
      readonly visit: bigint;
      readonly detector: number;
      readonly timeMjdTai: number;
    }
  | { readonly kind: 'close-validity'; readonly diaObjectId: bigint; readonly timeMjdTai: number }
  | { readonly kind: 'set-source-count'; readonly diaObjectId: bigint; readonly nDiaSources: number };

const BIG = new Set(['diaSourceId', 'diaObjectId', 'ssObjectId', 'visit']);

/** An update as text that keeps 64-bit ids exact. */
export function formatUpdate(update: ApdbUpdate): string {
  return JSON.stringify(update, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
}

/** The update that {@link formatUpdate} wrote. */
export function parseUpdate(text: string): ApdbUpdate {
  return JSON.parse(text, (key, value: unknown) => (BIG.has(key) ? BigInt(value as string) : value)) as ApdbUpdate;
}
