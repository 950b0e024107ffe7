import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseYaml } from '@almagest/instrument';
import { ProfileError, ProfileNotFoundError } from '../errors.ts';
import type { Profile } from './profile.ts';
import { profileSchema } from './profile-schema.ts';

const FOLDER: string = join(import.meta.dirname, '../../profiles');

/** Names of the profiles that ship. */
export function listProfiles(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .toSorted();
}

/**
 * Loads a profile that ships, by name, or any profile, by path.
 *
 * @throws {ProfileNotFoundError} if there is no such file. @throws {ProfileError} if the file is wrong.
 */
export function loadProfile(nameOrPath: string): Profile {
  const shipped = join(FOLDER, `${nameOrPath}.yaml`);
  const path = !nameOrPath.includes('/') && existsSync(shipped) ? shipped : nameOrPath;
  if (!existsSync(path)) {
    const known = listProfiles();
    throw new ProfileNotFoundError(`there is no profile "${nameOrPath}"; these ship: ${known.join(', ')}`, {
      details: { profile: nameOrPath, known },
    });
  }
  return parseProfile(readFileSync(path, 'utf8'), nameOrPath);
}

/** Parses the YAML of a profile. @throws {ProfileError} naming every field that is wrong. */
export function parseProfile(source: string, name = 'profile'): Profile {
  const { value, problem } = parseYaml(source);
  if (problem) throw wrong(name, [problem.message]);
  const result = profileSchema.safeParse(value);
  if (result.success) return result.data;
  throw wrong(
    name,
    result.error.issues.map((i) => `${i.path.join('.') || '(top)'}: ${i.message}`),
  );
}

function wrong(profile: string, issues: readonly string[]): ProfileError {
  return new ProfileError(`profile ${profile}: ${issues.slice(0, 5).join('; ')}`, { details: { profile, issues } });
}
