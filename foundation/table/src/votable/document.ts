import type { JsonValue } from '../model/column.ts';
import type { Group, Info, Param, Table } from '../model/table.ts';
import type { XmlElement } from '../xml/element.ts';

/** Space coordinate system (COOSYS). */
export interface CoordinateSystem {
  readonly id?: string;
  readonly system?: string;
  readonly equinox?: string;
  readonly epoch?: string;
  readonly refposition?: string;
}

/** Time coordinate system (TIMESYS, VOTable 1.4). */
export interface TimeSystem {
  readonly id?: string;
  readonly timescale?: string;
  readonly refposition?: string;
  /** Julian date of the origin, or `MJD-origin` or `JD-origin`; absent for ISO times. */
  readonly timeorigin?: string;
}

/** A RESOURCE: tables and resources that belong together. */
export interface VotableResource {
  readonly name?: string;
  readonly id?: string;
  /** `results` or `meta`. */
  readonly type?: string;
  readonly utype?: string;
  readonly description?: string;
  readonly infos?: readonly Info[];
  readonly coordinateSystems?: readonly CoordinateSystem[];
  readonly timeSystems?: readonly TimeSystem[];
  readonly params?: readonly Param[];
  readonly groups?: readonly Group[];
  readonly tables: readonly Table[];
  readonly resources?: readonly VotableResource[];
  /** Elements of other namespaces, such as MIVOT annotation, kept as they are. */
  readonly foreign?: readonly XmlElement[];
}

/** A whole VOTable document. */
export interface VotableDocument {
  readonly version: string;
  readonly id?: string;
  readonly description?: string;
  readonly infos?: readonly Info[];
  readonly coordinateSystems?: readonly CoordinateSystem[];
  readonly timeSystems?: readonly TimeSystem[];
  readonly params?: readonly Param[];
  readonly groups?: readonly Group[];
  readonly resources: readonly VotableResource[];
  readonly extra?: { readonly [key: string]: JsonValue };
}

/** All tables of a document, in document order. */
export function tablesOf(document: VotableDocument): readonly Table[] {
  const inside = (resource: VotableResource): Table[] => [...resource.tables, ...(resource.resources ?? []).flatMap(inside)];
  return document.resources.flatMap(inside);
}

/** All INFO elements of a document above its tables, such as QUERY_STATUS. */
export function infosOf(document: VotableDocument): readonly Info[] {
  const inside = (resource: VotableResource): Info[] => [...(resource.infos ?? []), ...(resource.resources ?? []).flatMap(inside)];
  return [...(document.infos ?? []), ...document.resources.flatMap(inside)];
}
