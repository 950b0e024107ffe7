import { createRandom } from '@almagest/numerics';
import { makeAsteroids } from './asteroids.ts';
import { makeGalaxies } from './make-galaxies.ts';
import { makeStars } from './make-stars.ts';
import { makeActiveNuclei, makeTransients, makeVariables } from './make-variables.ts';
import type { SkyModel, SkyRequest } from './sky-model.ts';

/**
 * Makes a sky: stars, galaxies, variables, active nuclei, outbursts in host galaxies, and asteroids.
 *
 * Each population has its own stream of random numbers, so that asking for more of one leaves the others as they were.
 *
 * @param seed - The same seed gives the same sky on every machine.
 */
export function makeSky(request: SkyRequest, seed: string): SkyModel {
  const root = createRandom(seed);
  const stars = makeStars(request, root.fork('stars'), 1);
  const variables = makeVariables(request, root.fork('variables'), 1_000_001);
  const galaxies = makeGalaxies(request, root.fork('galaxies'), 2_000_001);
  const nuclei = makeActiveNuclei(request, galaxies, root.fork('nuclei'), 3_000_001);
  const transients = makeTransients(request, galaxies, root.fork('transients'), 4_000_001);
  const orbits = makeAsteroids(request, root.fork('asteroids')).map((orbit) => ({ ...orbit, id: 5_000_001 + orbit.id }));
  return { sources: [...stars, ...variables, ...galaxies, ...nuclei, ...transients], orbits, referenceMjd: request.beginMjd };
}
