import type { PacketType } from '@almagest/alerts';
import { useEffect, useRef, useState } from 'react';
import { type Alert, endOffset, followAlerts, readAlerts } from '../services/alerts-client.ts';
import { type Loaded, useLoaded } from '../services/use-loaded.ts';

/** Alerts that the page holds at first, and with each step back. */
const STEP = 200;
/** Alerts held at most; older ones are in the archive. */
const HELD = 5000;

export interface AlertFeed {
  readonly start: Loaded<number>;
  /** Newest first. */
  readonly alerts: readonly Alert[];
  readonly type: PacketType | undefined;
  readonly isLive: boolean | undefined;
  /** Undefined where the beginning of the stream is held. */
  readonly loadEarlier: (() => void) | undefined;
}

/** The newest alerts of the stream, with those that arrive while the page is open. */
export function useAlerts(): AlertFeed {
  const start = useLoaded('alerts end', endOffset);
  const [alerts, setAlerts] = useState<readonly Alert[]>([]);
  const [type, setType] = useState<PacketType>();
  const [isLive, setIsLive] = useState<boolean>();
  const [first, setFirst] = useState<number>();
  const next = useRef(0);

  const take = (batch: readonly Alert[]): void =>
    setAlerts((held) => {
      const known = new Set(held.map((alert) => alert.id));
      const fresh = batch.filter((alert) => !known.has(alert.id));
      return [...held, ...fresh].toSorted((a, b) => (b.offset ?? 0) - (a.offset ?? 0)).slice(0, HELD);
    });
  useEffect(() => {
    if (start.state !== 'ready') return undefined;
    const controller = new AbortController();
    const { signal } = controller;
    next.current = Math.max(0, start.value - STEP);
    setFirst(next.current);
    let isReading = false;
    let wanted = start.value;
    const read = async (): Promise<void> => {
      if (isReading) return;
      isReading = true;
      try {
        while (next.current < wanted && !signal.aborted) {
          const batch = await readAlerts(next.current, STEP, signal);
          if (batch.alerts.length === 0) break;
          next.current = batch.next;
          if (batch.type) setType(batch.type);
          take(batch.alerts);
        }
      } catch {
        // The state of the stream tells; what is missing is read when the next alert arrives.
      } finally {
        isReading = false;
      }
    };
    void read();
    followAlerts({
      signal,
      onState: setIsLive,
      onOffset: (offset) => {
        wanted = Math.max(wanted, offset + 1);
        void read();
      },
    });
    return () => controller.abort();
  }, [start.state, start.value]);
  const loadEarlier = async (): Promise<void> => {
    if (first === undefined || first === 0) return;
    const from = Math.max(0, first - STEP);
    const batch = await readAlerts(from, first - from);
    setFirst(from);
    take(batch.alerts);
  };
  return {
    start,
    alerts,
    type,
    isLive,
    loadEarlier: first !== undefined && first > 0 && alerts.length < HELD ? () => void loadEarlier().catch(() => undefined) : undefined,
  };
}
