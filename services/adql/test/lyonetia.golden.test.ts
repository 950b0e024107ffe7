/** Every query of the IVOA's validation set is decided as it is marked there. */
import { readdirSync, readFileSync } from 'node:fs';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { AdqlSyntaxError, type AdqlVersion, parseAdql, parseUserFunction } from '../src/index.ts';

interface Case {
  readonly file: string;
  readonly uuid: string;
  readonly query: string;
  readonly valid: boolean;
  readonly version: AdqlVersion;
  readonly functions: readonly string[];
}

const ENTITIES: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&apos;': "'", '&quot;': '"', '&amp;': '&' };

function plain(xml: string): string {
  const cdata = /^\s*<!\[CDATA\[([\s\S]*)\]\]>\s*$/.exec(xml)?.[1];
  return cdata ?? xml.replaceAll(/&(?:lt|gt|apos|quot|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}

function readCases(): Case[] {
  const dir = dataPath('adql', 'lyonetia-ivoa');
  return readdirSync(dir).flatMap((file) => {
    const xml = readFileSync(`${dir}/${file}`, 'utf8').replaceAll(/<!--[\s\S]*?-->/g, '');
    const forms = (part: string): string[] => [...part.matchAll(/<form>([\s\S]*?)<\/form>/g)].map((m) => plain(m[1] ?? ''));
    const common = forms(xml.split('<query ')[0] ?? '');
    return [...xml.matchAll(/<query [\s\S]*?<\/query>/g)].map(([element]) => {
      const [, attributes = '', body = ''] = /<adql([^>]*)>([\s\S]*?)<\/adql>/.exec(element) ?? [];
      return {
        file,
        uuid: /uuid="([^"]+)"/.exec(element)?.[1] ?? '',
        query: plain(body),
        valid: attributes.includes('valid="true"'),
        version: attributes.includes('adql-2.0') ? ('2.0' as const) : ('2.1' as const),
        functions: [...common, ...forms(element)],
      };
    });
  });
}

test.skipIf(!haveData)('decides all 196 queries of the validation set as marked', () => {
  const cases = readCases();
  expect(cases).toHaveLength(196);
  const wrong = cases.filter(({ query, version, functions, valid }) => {
    try {
      parseAdql(query, { version, userFunctions: functions.map((form) => parseUserFunction(form)) });
      return !valid;
    } catch (error) {
      if (!(error instanceof AdqlSyntaxError)) throw error;
      return valid;
    }
  });
  expect(wrong.map(({ file, uuid }) => `${file} ${uuid}`)).toEqual([]);
});
