export {
  type NightFailure,
  type NightMetric,
  type NightReport,
  NightReports,
  type NightStep,
  type NightVisit,
} from './nights/night-report.ts';
export { type NightsOptions, registerNights } from './nights/nights-plugin.ts';
