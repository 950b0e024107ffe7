import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when a simulation profile is not YAML or does not follow the profile schema. Correct the field that the message names. */
export class ProfileError extends AlmagestError<{ profile: string; issues: readonly string[] }> {
  static override readonly code: string = 'simulation.profile';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when no profile of that name ships and no such file exists. Use a name that the message lists, or give the path of a profile. */
export class ProfileNotFoundError extends AlmagestError<{ profile: string; known: readonly string[] }> {
  static override readonly code: string = 'simulation.profile-not-found';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a source to inject has a flux, shape or position that cannot be drawn. Correct the row of the catalogue that the message names. */
export class InjectionError extends AlmagestError<{ row: number }> {
  static override readonly code: string = 'simulation.injection';
  static override readonly fault: ErrorFault = 'data';
}
