export { type InjectionRecovery, type InjectionRecoveryOptions, recoverInjected } from './injection-recovery.ts';
export { compareTruthTask, matchVisitsTask, measureKpmTask, recoverInjectedTask } from './verification-tasks.ts';
