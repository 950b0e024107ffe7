import { escapeXml } from '@almagest/dali';

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** What a service is and where. @see VOSI 1.1, section 3 */
export function capabilitiesXml(
  base: string,
  service: { readonly standardId: string; readonly path: string; readonly folder: string },
): string {
  const capability = (standardId: string, path: string): string =>
    `<capability standardID="${standardId}"><interface xsi:type="vs:ParamHTTP" role="std"><accessURL use="${path === service.path ? 'base' : 'full'}">${escapeXml(base + path)}</accessURL></interface></capability>`;
  return `${HEAD}<vosi:capabilities xmlns:vosi="http://www.ivoa.net/xml/VOSICapabilities/v1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1">${capability(service.standardId, service.path)}${capability('ivo://ivoa.net/std/VOSI#capabilities', `${service.folder}/capabilities`)}${capability('ivo://ivoa.net/std/VOSI#availability', `${service.folder}/availability`)}</vosi:capabilities>\n`;
}
