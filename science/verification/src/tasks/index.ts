export { compareTruthTask, matchVisitsTask, measureKpmTask } from './verification-tasks.ts';
