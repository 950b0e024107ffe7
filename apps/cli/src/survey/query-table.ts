import { parseVotableTable, type Table } from '@almagest/table';
import { QueryRefusedError } from './errors.ts';
import { createSurveyServer } from './server.ts';
import { openSurveyFolder } from './survey-folder.ts';

/** Runs a query over the catalogues of a survey, without a server. @throws {QueryRefusedError} {SurveyNotFoundError} */
export async function queryTable(folder: string, adql: string): Promise<Table> {
  const app = await createSurveyServer(openSurveyFolder(folder));
  try {
    const response = await app.inject({
      method: 'POST',
      url: '/tap/sync',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ LANG: 'ADQL', QUERY: adql, RESPONSEFORMAT: 'votable/b2' }).toString(),
    });
    if (response.statusCode !== 200) throw new QueryRefusedError(messageOf(response.body));
    return parseVotableTable(new Uint8Array(response.rawPayload));
  } finally {
    await app.close();
  }
}

/** What the service said, without the document around it. */
export function messageOf(document: string): string {
  const info = /<INFO[^>]*QUERY_STATUS[^>]*>([\s\S]*?)<\/INFO>/.exec(document)?.[1] ?? document;
  return info
    .replaceAll(/<!\[CDATA\[|\]\]>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .trim();
}
