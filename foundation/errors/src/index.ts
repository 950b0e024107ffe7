export { AlmagestError, type ErrorFault, type ErrorOptionsWithDetails, type ErrorWire, errorFromWire } from './almagest-error.ts';
export { assert, BugError, unreachable } from './assert.ts';
export { didYouMean } from './nearest-name.ts';
