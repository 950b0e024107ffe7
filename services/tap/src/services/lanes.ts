/** Lanes keep short queries from waiting behind long ones: each lane runs so many at once, in order of arrival. */
export interface Lanes {
  run<T>(lane: LaneName, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  readonly load: () => Readonly<Record<LaneName, { readonly running: number; readonly waiting: number }>>;
}

export type LaneName = 'fast' | 'slow';

interface Lane {
  readonly width: number;
  running: number;
  readonly waiting: (() => void)[];
}

export function createLanes(widths: Readonly<Record<LaneName, number>>): Lanes {
  const lanes: Record<LaneName, Lane> = {
    fast: { width: widths.fast, running: 0, waiting: [] },
    slow: { width: widths.slow, running: 0, waiting: [] },
  };
  return {
    run: async (name, signal, work) => {
      const lane = lanes[name];
      await enter(lane, signal);
      try {
        return await work();
      } finally {
        lane.running--;
        lane.waiting.shift()?.();
      }
    },
    load: () => ({
      fast: { running: lanes.fast.running, waiting: lanes.fast.waiting.length },
      slow: { running: lanes.slow.running, waiting: lanes.slow.waiting.length },
    }),
  };
}

async function enter(lane: Lane, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (lane.running >= lane.width)
    await new Promise<void>((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        const at = lane.waiting.indexOf(go);
        if (at >= 0) lane.waiting.splice(at, 1);
        reject(signal.reason as Error);
      };
      lane.waiting.push(go);
      signal.addEventListener('abort', leave, { once: true });
    });
  lane.running++;
}
