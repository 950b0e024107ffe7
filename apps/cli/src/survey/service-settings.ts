import { existsSync, readFileSync } from 'node:fs';
import { type Account, type Allowance, type Claims, type Scope, SCOPES, type SignInOptions, type UsageOptions } from '@almagest/auth';
import type { ButlerHandlerOptions } from '@almagest/butler';
import { parse } from 'yaml';
import { z } from 'zod';
import { BadSettingsError } from './errors.ts';

const allowance = z.strictObject({ points: z.number().int().min(1), perSec: z.number().positive() });
const scopes = z.array(z.enum(SCOPES));

const settings = z.strictObject({
  /** Authority of identifiers (ivo://AUTHORITY/...), and name of the collection in ObsCore. */
  authority: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{2,}$/)
    .default('almagest.local'),
  collection: z.string().min(1).default('almagest'),
  title: z.string().default('Almagest'),
  /** Whom the records of the registry name. */
  contactName: z.string().default('Operator'),
  contactEmail: z.string().default('operator@almagest.local'),
  /** Address of the server as clients see it; that at which it listens unless told. */
  publicUrl: z.url().optional(),
  /** Memory that long queries take before they go on in files; the server itself comes on top. */
  engineMemory: z
    .string()
    .regex(/^\d+(?:\.\d+)?[KMGT]i?B$/, 'is a number and a unit, such as 500MB')
    .default('300MB'),
  /** What those who did not sign in may do. */
  anonymous: scopes.default(['read:catalog', 'read:image', 'read:alert', 'exec:query']),
  /** Points in a time, by service: tap, images, hips, butler. */
  limits: z.record(z.string(), allowance).default({}),
  /** Other limits of certain users. */
  users: z.record(z.string(), z.record(z.string(), allowance)).default({}),
  repository: z
    .strictObject({
      /** Folders whose files clients with the scope write:butler may take in by name; absolute paths. */
      ingestRoots: z.array(z.string().startsWith('/')).default([]),
      /** A client that is not heard of for so long has lost its transaction [s]. */
      leaseSec: z.number().positive().default(10),
      /** Longest artifact that is taken [byte]. */
      maxUpload: z.number().int().positive().optional(),
    })
    .default({ ingestRoots: [], leaseSec: 10 }),
  signIn: z
    .strictObject({
      issuer: z.url(),
      clientId: z.string().min(1),
      /** Variable of the environment that holds the secret: no secret is in this file. */
      clientSecretVariable: z.string().optional(),
      /** Claims that become the name of the account and its groups. */
      userClaim: z.string().default('preferred_username'),
      groupsClaim: z.string().default('groups'),
      /** Groups one of which an account needs; everybody whom the provider knows unless told. */
      allow: z.array(z.string()).optional(),
      /** Scopes of all accounts, and further ones of groups. */
      scopes: scopes.default(['read:catalog', 'read:image', 'read:alert', 'exec:query', 'write:table']),
      groupScopes: z.record(z.string(), scopes).default({}),
    })
    .optional(),
});

export type ServiceSettings = z.infer<typeof settings>;

/** Limits that hold unless the file has others: more than a person asks for, less than a loop that has lost its way. */
const LIMITS: Readonly<Record<string, Allowance>> = {
  tap: { points: 60_000, perSec: 60 },
  images: { points: 60_000, perSec: 60 },
  hips: { points: 300_000, perSec: 60 },
  butler: { points: 12_000, perSec: 60 },
};

/**
 * Reads `services.yaml` of a survey: who publishes it, what may be done without signing in, limits, and the identity provider.
 *
 * @returns Defaults where there is no file. @throws {BadSettingsError} naming the key that is wrong.
 */
export function readServiceSettings(path: string): ServiceSettings {
  if (!existsSync(path)) return settings.parse({});
  const refuse = (message: string, cause?: unknown): BadSettingsError =>
    new BadSettingsError(`${path}: ${message}`, { details: { path }, cause });
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw refuse((cause as Error).message, cause);
  }
  const result = settings.safeParse(content ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw refuse(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`);
}

export function usageOf({ limits, users }: ServiceSettings): UsageOptions {
  return { services: { ...LIMITS, ...limits }, users };
}

/** How the repository is served. */
export function handlerOptionsOf({ repository }: ServiceSettings): ButlerHandlerOptions {
  const { maxUpload, ...options } = repository;
  return { ...options, ...(maxUpload === undefined ? {} : { maxUpload }) };
}

/** How people sign in; undefined where no provider is named. @throws {BadSettingsError} if the secret is not in the environment. */
export function signInOf(
  { signIn }: ServiceSettings,
  environment: Readonly<Record<string, string | undefined>>,
): Pick<SignInOptions, 'issuer' | 'clientId' | 'clientSecret' | 'account'> | undefined {
  if (!signIn) return undefined;
  const { issuer, clientId, clientSecretVariable: variable } = signIn;
  const clientSecret = variable === undefined ? undefined : environment[variable];
  if (variable !== undefined && clientSecret === undefined)
    throw new BadSettingsError(`signIn.clientSecretVariable: there is no variable ${variable} in the environment`, {
      details: { path: variable },
    });
  return { issuer, clientId, ...(clientSecret === undefined ? {} : { clientSecret }), account: (claims) => accountOf(signIn, claims) };
}

function accountOf(signIn: NonNullable<ServiceSettings['signIn']>, claims: Claims): Account | undefined {
  const user = claims[signIn.userClaim] ?? claims['sub'];
  const groups = listOf(claims[signIn.groupsClaim]);
  if (typeof user !== 'string' || (signIn.allow && !signIn.allow.some((group) => groups.includes(group)))) return undefined;
  const more = groups.flatMap((group): readonly Scope[] => signIn.groupScopes[group] ?? []);
  return { user, scopes: [...new Set([...signIn.scopes, ...more])], groups };
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
