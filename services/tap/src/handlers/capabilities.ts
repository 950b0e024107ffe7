import { element, type Markup, textElement, xmlDocument } from '@almagest/dali';
import { FORMATS } from '../formats/response-format.ts';
import type { TapContext } from './context.ts';

const GEOMETRY = [
  'POINT',
  'CIRCLE',
  'BOX',
  'POLYGON',
  'REGION',
  'CONTAINS',
  'INTERSECTS',
  'DISTANCE',
  'AREA',
  'CENTROID',
  'COORD1',
  'COORD2',
  'COORDSYS',
];

/** Optional parts of ADQL 2.1, by the feature type that announces them. @see ADQL 2.1, section 4 */
const FEATURES: Readonly<Record<string, readonly string[]>> = {
  'ivo://ivoa.net/std/TAPRegExt#features-adqlgeo': GEOMETRY,
  'ivo://ivoa.net/std/TAPRegExt#features-adql-string': ['LOWER', 'UPPER', 'ILIKE'],
  'ivo://ivoa.net/std/TAPRegExt#features-adql-sets': ['UNION', 'EXCEPT', 'INTERSECT'],
  'ivo://ivoa.net/std/TAPRegExt#features-adql-common-table': ['WITH'],
  'ivo://ivoa.net/std/TAPRegExt#features-adql-type': ['CAST'],
  'ivo://ivoa.net/std/TAPRegExt#features-adql-unit': ['IN_UNIT'],
  'ivo://ivoa.net/std/TAPRegExt#features-adql-offset': ['OFFSET'],
};

/** What the service can do, as VOSI and TAPRegExt have it. */
export function capabilitiesXml(context: TapContext, base: string): string {
  const vosi = (standard: string, path: string): Markup =>
    element('capability', { standardID: standard }, [
      element('interface', { 'xsi:type': 'vs:ParamHTTP', role: 'std' }, [element('accessURL', { use: 'full' }, [`${base}/${path}`])]),
    ]);
  return xmlDocument(
    element(
      'vosi:capabilities',
      {
        'xmlns:vosi': 'http://www.ivoa.net/xml/VOSICapabilities/v1.0',
        'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
        'xmlns:vs': 'http://www.ivoa.net/xml/VODataService/v1.1',
        'xmlns:tr': 'http://www.ivoa.net/xml/TAPRegExt/v1.0',
      },
      [
        tapCapability(context, base),
        vosi('ivo://ivoa.net/std/VOSI#capabilities', 'capabilities'),
        vosi('ivo://ivoa.net/std/VOSI#availability', 'availability'),
        vosi('ivo://ivoa.net/std/VOSI#tables-1.1', 'tables'),
        vosi('ivo://ivoa.net/std/DALI#examples', 'examples'),
      ],
    ),
  );
}

function tapCapability({ queries, limits }: TapContext, base: string): Markup {
  const data = (rows: number): Markup => element('default', { unit: 'row' }, [String(rows)]);
  return element('capability', { 'xsi:type': 'tr:TableAccess', standardID: 'ivo://ivoa.net/std/TAP' }, [
    element('interface', { 'xsi:type': 'vs:ParamHTTP', role: 'std', version: '1.1' }, [element('accessURL', { use: 'base' }, [base])]),
    ...(queries.content.tables.some((table) => table.schema === 'ivoa' && table.name.toLowerCase() === 'obscore')
      ? [element('dataModel', { 'ivo-id': 'ivo://ivoa.net/std/ObsCore#core-1.1' }, ['ObsCore-1.1'])]
      : []),
    language(queries),
    ...FORMATS.map((format) =>
      element('outputFormat', {}, [
        element('mime', {}, [format.contentType]),
        ...format.aliases
          .filter((alias) => !alias.includes('/') || alias.startsWith('votable/'))
          .map((alias) => element('alias', {}, [alias])),
      ]),
    ),
    ...['inline', 'http'].map((method) => element('uploadMethod', { 'ivo-id': `ivo://ivoa.net/std/TAPRegExt#upload-${method}` })),
    element('retentionPeriod', {}, [
      element('default', {}, [String(limits.retention.default)]),
      element('hard', {}, [String(limits.retention.hard)]),
    ]),
    element('executionDuration', {}, [
      element('default', {}, [String(limits.executionDuration.default)]),
      element('hard', {}, [String(limits.executionDuration.hard)]),
    ]),
    element('outputLimit', {}, [data(limits.defaultMaxRows), element('hard', { unit: 'row' }, [String(limits.hardMaxRows)])]),
    element('uploadLimit', {}, [element('hard', { unit: 'row' }, [String(limits.uploads.maxRows)])]),
  ]);
}

function language({ functions }: TapContext['queries']): Markup {
  const features = Object.entries(FEATURES).map(([type, forms]) =>
    element(
      'languageFeatures',
      { type },
      forms.map((form) => element('feature', {}, [textElement('form', form)])),
    ),
  );
  const declared = functions.map((f) =>
    element('feature', {}, [
      textElement('form', `${f.name}(${f.parameters.map((p) => `${p.name} ${p.type}`).join(', ')}) -> ${f.returns}`),
      textElement('description', f.description),
    ]),
  );
  return element('language', {}, [
    textElement('name', 'ADQL'),
    element('version', { 'ivo-id': 'ivo://ivoa.net/std/ADQL#v2.1' }, ['2.1']),
    element('version', { 'ivo-id': 'ivo://ivoa.net/std/ADQL#v2.0' }, ['2.0']),
    textElement('description', 'ADQL 2.1 with all its optional parts, in ICRS'),
    ...features,
    ...(declared.length > 0 ? [element('languageFeatures', { type: 'ivo://ivoa.net/std/TAPRegExt#features-udf' }, declared)] : []),
  ]);
}
