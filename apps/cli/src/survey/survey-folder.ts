import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SurveyNotFoundError } from './errors.ts';

/** Where the parts of an embedded survey are. */
export interface SurveyFolder {
  readonly root: string;
  /** The butler repository: frames, images, coadds. */
  readonly repository: string;
  /** Catalogues, one folder each. */
  readonly archive: string;
  /** The alert production database. */
  readonly apdb: string;
  /** Alerts that were sent. */
  readonly alerts: string;
  /** Sky surveys in HiPS, one folder each. */
  readonly hips: string;
  /** Jobs and results of the server. */
  readonly jobs: string;
  /** What queries put aside while they run, a folder for each server. */
  readonly spill: string;
  /** Tables that people keep. */
  readonly userTables: string;
  /** Jobs of cutouts. */
  readonly imageJobs: string;
  /** Tokens of those who may use the server. */
  readonly tokens: string;
  /** Who publishes the survey, limits of use, sign-in; none means defaults. */
  readonly settings: string;
  /** Memory of prompt processing: announcements, claims, timings. */
  readonly prompt: string;
  /** Raws that were uploaded or fetched. */
  readonly incoming: string;
  /** Reports of verification. */
  readonly reports: string;
  /** Positions that people watch, a file an account. */
  readonly watchlists: string;
}

export function surveyFolder(root: string): SurveyFolder {
  const at = (name: string): string => join(resolve(root), name);
  return {
    root: resolve(root),
    repository: at('repo'),
    archive: at('archive'),
    apdb: at('apdb.sqlite3'),
    alerts: at('alerts'),
    hips: at('hips'),
    jobs: at('jobs'),
    spill: at(join('spill', String(process.pid))),
    userTables: at('user-tables'),
    imageJobs: at('image-jobs'),
    tokens: at('tokens.sqlite3'),
    settings: at('services.yaml'),
    prompt: at('prompt.sqlite3'),
    incoming: at('incoming'),
    reports: at('reports'),
    watchlists: at('watchlists'),
  };
}

/** @throws {SurveyNotFoundError} if the folder holds neither a repository nor an archive. */
export function openSurveyFolder(root: string): SurveyFolder {
  const folder = surveyFolder(root);
  if (!existsSync(folder.repository) && !existsSync(folder.archive))
    throw new SurveyNotFoundError(`expected a survey, a folder with repo/ or archive/ in it; found ${root} without either`, {
      details: { path: root },
    });
  return folder;
}
