import { measureBundle } from './measure-bundle.ts';

/** `npm run budget -w @almagest/portal`: the sizes of the last build against the budget; exit code 1 where one is passed. */
for (const [name, { size, limit }] of measureBundle()) {
  console.log(`${size > limit ? 'over ' : 'within'} ${name}: ${size.toFixed(1)} of ${limit} kB`);
  if (size > limit) process.exitCode = 1;
}
