/** Text as XML content or attribute value; characters that XML 1.0 cannot hold become U+FFFD. */
function escapeXml(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      // oxlint-disable-next-line no-control-regex -- these are the characters to be found
      .replaceAll(/[\0-\b\v\f\x0E-\x1F]/g, '\uFFFD')
  );
}

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

export function availabilityXml(since: Date): string {
  return `${HEAD}<vosi:availability xmlns:vosi="http://www.ivoa.net/xml/VOSIAvailability/v1.0"><vosi:available>true</vosi:available><vosi:upSince>${since.toISOString()}</vosi:upSince></vosi:availability>\n`;
}

/** A failure as DALI wants it. @see DALI 1.1, section 4.4 */
export function errorVotable(message: string): string {
  return `${HEAD}<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE type="results"><INFO name="QUERY_STATUS" value="ERROR">${escapeXml(message)}</INFO></RESOURCE></VOTABLE>\n`;
}
