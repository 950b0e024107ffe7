/** Lanes keep short queries from waiting behind long ones: each lane runs so many at once, in order of arrival. */
export interface Lanes {
  run<T>(lane: LaneName, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  /** Waits for a place in a lane; the function gives it back, once. */
  enter(lane: LaneName, signal: AbortSignal): Promise<() => void>;
  readonly load: () => Readonly<Record<LaneName, { readonly running: number; readonly waiting: number }>>;
}

/** `quick` queries read a few row groups and are made at once, `slow` ones scan. */
export type LaneName = 'quick' | 'fast' | 'slow';

/** Places by lane; quick ones have as many as fast ones unless told. */
export interface LaneWidths {
  readonly quick?: number;
  readonly fast: number;
  readonly slow: number;
}

interface Lane {
  readonly width: number;
  running: number;
  readonly waiting: (() => void)[];
}

export function createLanes(widths: LaneWidths): Lanes {
  const lanes: Record<LaneName, Lane> = {
    quick: { width: widths.quick ?? widths.fast, running: 0, waiting: [] },
    fast: { width: widths.fast, running: 0, waiting: [] },
    slow: { width: widths.slow, running: 0, waiting: [] },
  };
  const occupy = async (name: LaneName, signal: AbortSignal): Promise<() => void> => {
    const lane = lanes[name];
    await enter(lane, signal);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      lane.running--;
      lane.waiting.shift()?.();
    };
  };
  return {
    enter: occupy,
    run: async (name, signal, work) => {
      const leave = await occupy(name, signal);
      try {
        return await work();
      } finally {
        leave();
      }
    },
    load: () => ({
      quick: { running: lanes.quick.running, waiting: lanes.quick.waiting.length },
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
