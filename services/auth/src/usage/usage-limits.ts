import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { UsageLimitError } from '../errors.ts';
import { ANONYMOUS, type Identity } from '../identity.ts';

/** So many points in so many seconds. */
export interface Allowance {
  readonly points: number;
  readonly perSec: number;
}

export interface UsageOptions {
  /** What everybody may use of a service; a service that is not named is not limited. */
  readonly services: Readonly<Record<string, Allowance>>;
  /** What certain users may use instead. */
  readonly users?: Readonly<Record<string, Readonly<Record<string, Allowance>>>>;
}

export interface UsageState {
  readonly service: string;
  readonly limit: number;
  readonly remaining: number;
  /** Time until all points are back [s]. */
  readonly resetSec: number;
}

export interface UsageLimits {
  /**
   * Takes points of what somebody may use; undefined where the service has no limit.
   *
   * @param caller.address Where the request comes from: people who did not sign in are told apart by it.
   * @throws {UsageLimitError} if the points are used up; those taken in vain count, as in any fixed window.
   */
  spend(caller: Caller, service: string, points?: number): Promise<UsageState | undefined>;
  /** What is left, without taking any. */
  state(caller: Caller): Promise<UsageState[]>;
}

export interface Caller {
  readonly identity: Identity;
  readonly address: string;
}

/** Limits by user and service in the memory of this process. Holders of `admin` are not limited. */
export function createUsageLimits(options: UsageOptions): UsageLimits {
  const limiters = new Map<string, RateLimiterMemory>();
  const limiterOf = ({ identity }: Caller, service: string): RateLimiterMemory | undefined => {
    if (identity.scopes.has('admin')) return undefined;
    const own = options.users?.[identity.user]?.[service];
    const allowance = own ?? options.services[service];
    if (!allowance) return undefined;
    const name = own ? `${service}\n${identity.user}` : service;
    const limiter = limiters.get(name) ?? new RateLimiterMemory({ keyPrefix: name, points: allowance.points, duration: allowance.perSec });
    limiters.set(name, limiter);
    return limiter;
  };
  return {
    spend: async (caller, service, points = 1) => {
      const limiter = limiterOf(caller, service);
      if (!limiter) return undefined;
      try {
        return toState(service, limiter, await limiter.consume(keyOf(caller), points));
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        const retryAfterSec = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
        throw new UsageLimitError(
          `${limiter.points} requests of ${service} are allowed in ${limiter.duration} s; try again in ${retryAfterSec} s`,
          { details: { service, retryAfterSec } },
        );
      }
    },
    state: async (caller) => {
      const names = new Set([...Object.keys(options.services), ...Object.keys(options.users?.[caller.identity.user] ?? {})]);
      const states: UsageState[] = [];
      for (const service of names) {
        const limiter = limiterOf(caller, service);
        if (!limiter) continue;
        const found = await limiter.get(keyOf(caller));
        states.push(found ? toState(service, limiter, found) : { service, limit: limiter.points, remaining: limiter.points, resetSec: 0 });
      }
      return states;
    },
  };
}

function keyOf({ identity, address }: Caller): string {
  return identity.user === ANONYMOUS ? `address ${address}` : `user ${identity.user}`;
}

function toState(service: string, limiter: RateLimiterMemory, found: RateLimiterRes): UsageState {
  return {
    service,
    limit: limiter.points,
    remaining: Math.max(0, found.remainingPoints),
    resetSec: Math.ceil(Math.max(0, found.msBeforeNext) / 1000),
  };
}
