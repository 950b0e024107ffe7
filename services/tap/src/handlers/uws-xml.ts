import { element, type Markup, textElement, xmlDocument } from '@almagest/dali';
import type { Job } from '../models/job.ts';

const NAMESPACES = {
  'xmlns:uws': 'http://www.ivoa.net/xml/UWS/v1.0',
  'xmlns:xlink': 'http://www.w3.org/1999/xlink',
  'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
};

/** A job in full. @see UWS 1.1, appendix A */
export function jobXml(job: Job, url: string): string {
  return xmlDocument(
    element('uws:job', { ...NAMESPACES, version: '1.1' }, [
      textElement('uws:jobId', job.id),
      textElement('uws:runId', job.runId),
      job.owner === 'anonymous' ? element('uws:ownerId', { 'xsi:nil': 'true' }) : textElement('uws:ownerId', job.owner),
      textElement('uws:phase', job.phase),
      job.quote === undefined ? element('uws:quote', { 'xsi:nil': 'true' }) : textElement('uws:quote', job.quote),
      textElement('uws:creationTime', job.creationTime),
      job.startTime === undefined ? element('uws:startTime', { 'xsi:nil': 'true' }) : textElement('uws:startTime', job.startTime),
      job.endTime === undefined ? element('uws:endTime', { 'xsi:nil': 'true' }) : textElement('uws:endTime', job.endTime),
      textElement('uws:executionDuration', job.executionDuration),
      textElement('uws:destruction', job.destruction),
      parametersMarkup(job),
      resultsMarkup(job, url),
      job.error
        ? element('uws:errorSummary', { type: job.error.type, hasDetail: 'true' }, [textElement('uws:message', job.error.message)])
        : undefined,
      job.progress
        ? element('uws:jobInfo', {}, [textElement('rows', job.progress.rows), textElement('bytes', job.progress.bytes)])
        : undefined,
    ]),
  );
}

function parametersMarkup(job: Job, attributes: Readonly<Record<string, string>> = {}): Markup {
  const uploads = job.uploads.map(({ name, file }) => element('uws:parameter', { id: 'UPLOAD' }, [`${name},param:${file}`]));
  return element('uws:parameters', attributes, [
    ...job.parameters.map(([id, value]) => element('uws:parameter', { id }, [value])),
    ...uploads,
  ]);
}

function resultsMarkup(job: Job, url: string, attributes: Readonly<Record<string, string>> = {}): Markup {
  const all = [...(job.result ? [{ id: 'result', ...job.result }] : []), ...(job.results ?? [])];
  return element(
    'uws:results',
    attributes,
    all.map(({ id, bytes, contentType }) =>
      element('uws:result', { id, 'xlink:href': `${url}/results/${id}`, size: bytes, 'mime-type': contentType }),
    ),
  );
}

export function parametersXml(job: Job): string {
  return xmlDocument(parametersMarkup(job, NAMESPACES));
}

export function resultsXml(job: Job, url: string): string {
  return xmlDocument(resultsMarkup(job, url, NAMESPACES));
}

/** The jobs of a list, newest first. */
export function jobListXml(jobs: readonly Job[], url: string): string {
  const refs = jobs.map((job) =>
    element('uws:jobref', { id: job.id, 'xlink:href': `${url}/${job.id}`, 'xlink:type': 'simple' }, [
      textElement('uws:phase', job.phase),
      textElement('uws:runId', job.runId),
      job.owner === 'anonymous' ? element('uws:ownerId', { 'xsi:nil': 'true' }) : textElement('uws:ownerId', job.owner),
      textElement('uws:creationTime', job.creationTime),
    ]),
  );
  return xmlDocument(element('uws:jobs', { ...NAMESPACES, version: '1.1' }, refs));
}
