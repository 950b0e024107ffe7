import { type ButlerDefaults, CoreButler } from './core-butler.ts';
import { createRepository, type CreateOptions, openRepository, type OpenOptions } from './open-repository.ts';

/**
 * A repository of datasets that are named by what they are.
 *
 * @example
 * await using butler = await Butler.open('repo', { writeable: true, run: 'u/me/first' });
 * await butler.put({ rms: 0.1 }, 'metric', { instrument: 'Cam', visit: 42 });
 * const metric = await butler.get('metric', { instrument: 'Cam', visit: 42 }, { collections: ['u/me/first'] });
 */
export class Butler extends CoreButler {
  /** Makes a repository in a new folder and opens it for writing. @throws {RepositoryExistsError} */
  static async create(folder: string, options: CreateOptions & ButlerDefaults = {}): Promise<Butler> {
    return new Butler(await createRepository(folder, options), options);
  }

  /** Opens a repository made here or by the Python Butler. @throws {RepositoryNotFoundError | IncompatibleRepositoryError} */
  static async open(address: string, options: OpenOptions & ButlerDefaults = {}): Promise<Butler> {
    return new Butler(await openRepository(address, options), options);
  }
}
