import {
  type Butler,
  type ButlerDefaults,
  type ButlerHandler,
  butlerHandler,
  type ButlerHandlerOptions,
  connectButler,
  type CoreButler,
  type CreateOptions,
  type RemoteButlerOptions,
} from '../src/index.ts';
import { makeTestRepository, type TestRepository } from './test-repository.ts';

export const ADDRESS: string = 'http://butler.test/repo/v1';

/** A repository behind the HTTP handler; requests stay in this process. */
export async function makeServed(
  given: CreateOptions & ButlerDefaults & RemoteButlerOptions = {},
  options: ButlerHandlerOptions = {},
): Promise<TestRepository & { readonly handler: ButlerHandler; readonly server: Butler }> {
  const { run, collections, dataId, context, ...create } = given;
  const defaults = { ...(run ? { run } : {}), ...(collections ? { collections } : {}), ...(dataId ? { dataId } : {}) };
  const repository = await makeTestRepository(create);
  const handler = butlerHandler(repository.butler, options);
  const open = async (more: ButlerDefaults = {}): Promise<CoreButler> =>
    await connectButler(ADDRESS, { ...more, fetch: handler, token: 'me', ...(context ? { context } : {}) });
  return {
    server: repository.butler,
    butler: await open(defaults),
    folder: repository.folder,
    reopen: open,
    handler,
    [Symbol.asyncDispose]: async () => {
      await handler.close();
      await repository[Symbol.asyncDispose]();
    },
  };
}
