import { columnFromCells, type Group, makeTable, type Param, type VotableDocument, type VotableResource } from '@almagest/table';
import type { ImageRecord } from '../models/image-record.ts';
import { titleOf } from '../models/image-record.ts';
import { type Publisher, publisherId } from '../models/obscore.ts';

/** One identifier as it was asked for, with its image or the reason why there is none. */
export interface LinkRequest {
  readonly id: string;
  readonly image: ImageRecord | undefined;
}

interface Link {
  readonly id: string;
  readonly url?: string;
  readonly service?: string;
  readonly error?: string;
  readonly description: string;
  readonly semantics: string;
  readonly type?: string;
  readonly bytes?: number;
}

export const DATALINK_TYPE = 'application/x-votable+xml;content=datalink';
const SODA = { sync: 'ivo://ivoa.net/std/SODA#sync-1.0', async: 'ivo://ivoa.net/std/SODA#async-1.0' } as const;

/** The links of images: the file, a preview, cutouts. @see DataLink 1.1, sections 3 and 4 */
export function linksDocument(requests: readonly LinkRequest[], publisher: Publisher): VotableDocument {
  const links = requests.flatMap((request, n) => linksOf(request, `soda-${n}`, publisher));
  const texts = (name: string, ucd: string, value: (link: Link) => string | undefined) =>
    columnFromCells(
      { name, datatype: 'string', ucd },
      links.map((link) => value(link) ?? null),
    );
  const table = makeTable([
    texts('ID', 'meta.id;meta.main', (l) => l.id),
    texts('access_url', 'meta.ref.url', (l) => l.url),
    texts('service_def', 'meta.ref', (l) => l.service),
    texts('error_message', 'meta.code.error', (l) => l.error),
    texts('description', 'meta.note', (l) => l.description),
    texts('semantics', 'meta.code', (l) => l.semantics),
    texts('content_type', 'meta.code.mime', (l) => l.type),
    columnFromCells(
      { name: 'content_length', datatype: 'int64', ucd: 'phys.size;meta.file', unit: 'byte' },
      links.map((l) => (l.bytes === undefined ? null : BigInt(l.bytes))),
    ),
    texts('content_qualifier', 'meta.code', () => undefined),
    texts('local_semantics', 'meta.code', () => undefined),
    texts('link_auth', 'meta.code', () => 'optional'),
    columnFromCells(
      { name: 'link_authorized', datatype: 'boolean', ucd: 'meta.code' },
      links.map(() => true),
    ),
  ]);
  const results: VotableResource = {
    type: 'results',
    infos: [
      { name: 'QUERY_STATUS', value: 'OK' },
      { name: 'standardID', value: 'ivo://ivoa.net/std/DataLink#links-1.1' },
    ],
    tables: [table],
  };
  const services = requests.flatMap(({ image }, n) =>
    image && image.footprint.length > 0
      ? [sodaService(image, `soda-${n}`, publisher), sodaService(image, `soda-async-${n}`, publisher, 'async')]
      : [],
  );
  return { version: '1.4', resources: [results, ...services] };
}

function linksOf({ id, image }: LinkRequest, service: string, publisher: Publisher): readonly Link[] {
  if (!image) return [{ id, error: `NotFoundFault: ${id.slice(0, 100)}`, description: 'No such image', semantics: '#this' }];
  const file = `${publisher.baseUrl}/api/images/${image.id}`;
  return [
    {
      id,
      url: `${file}/fits`,
      description: `The whole file of ${titleOf(image)}`,
      semantics: '#this',
      type: 'application/fits',
      bytes: image.bytes,
    },
    { id, url: `${file}/preview.png?size=512`, description: 'Picture', semantics: '#preview', type: 'image/png' },
    ...(image.footprint.length === 0
      ? []
      : [{ id, service, description: 'A part of the image, with mask and variance', semantics: '#cutout', type: 'application/fits' }]),
  ];
}

/** How cutouts of one image are asked for. @see DataLink 1.1, section 4; SODA 1.0, section 4.1 */
function sodaService(image: ImageRecord, id: string, publisher: Publisher, mode: 'sync' | 'async' = 'sync'): VotableResource {
  const input = (name: string, rest: Partial<Param> & Pick<Param, 'datatype'>): Param => ({ name, value: '', ...rest });
  const group: Group = {
    name: 'inputParams',
    fieldRefs: [],
    paramRefs: [],
    groups: [],
    params: [
      input('ID', {
        value: publisherId(publisher, image.id),
        datatype: 'char',
        arraysize: '*',
        ucd: 'meta.id;meta.main',
        description: 'The image',
      }),
      input('CIRCLE', {
        datatype: 'double',
        arraysize: '3',
        xtype: 'circle',
        unit: 'deg',
        ucd: 'phys.angArea;obs',
        description: 'Circle (ICRS)',
      }),
      input('POLYGON', {
        datatype: 'double',
        arraysize: '*',
        xtype: 'polygon',
        unit: 'deg',
        ucd: 'pos.outline;obs',
        description: 'Polygon (ICRS)',
      }),
      input('POS', {
        datatype: 'char',
        arraysize: '*',
        ucd: 'pos.outline;obs',
        description: 'CIRCLE, RANGE or POLYGON with its numbers [deg]',
      }),
    ],
  };
  return {
    type: 'meta',
    utype: 'adhoc:service',
    id,
    params: [
      { name: 'standardID', datatype: 'char', arraysize: '*', value: SODA[mode] },
      { name: 'accessURL', datatype: 'char', arraysize: '*', value: `${publisher.baseUrl}/soda/${mode}` },
      { name: 'contentType', datatype: 'char', arraysize: '*', value: 'application/fits' },
    ],
    groups: [group],
    tables: [],
  };
}

/** Says how the links of rows with a column of identifiers are asked for. @see DataLink 1.1, section 4.1 */
export function linksService(publisher: Publisher, column: string): VotableResource {
  return {
    type: 'meta',
    utype: 'adhoc:service',
    params: [
      { name: 'standardID', datatype: 'char', arraysize: '*', value: 'ivo://ivoa.net/std/DataLink#links-1.1' },
      { name: 'accessURL', datatype: 'char', arraysize: '*', value: `${publisher.baseUrl}/datalink/links` },
    ],
    groups: [
      {
        name: 'inputParams',
        fieldRefs: [],
        paramRefs: [],
        groups: [],
        params: [{ name: 'ID', datatype: 'char', arraysize: '*', value: '', ref: column, ucd: 'meta.id;meta.main' }],
      },
    ],
    tables: [],
  };
}
