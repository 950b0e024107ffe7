import { type FitsFile, type Hdu, NotInFileError, parseSection, type Section, shapeOf } from '@almagest/fits';

/** A file with an optional HDU and section, as `m13.fits[SCI,2][1:512,*]`. */
export interface Target {
  readonly path: string;
  readonly hdu: string | undefined;
  readonly section: string | undefined;
}

/** Splits a target; brackets that hold a range or a star are a section, others an HDU. */
export function parseTarget(text: string): Target {
  const match = /^(.*?)((?:\[[^[\]]*\]){0,2})$/s.exec(text);
  const brackets = [...(match?.[2] ?? '').matchAll(/\[([^\]]*)\]/g)].map((each) => each[1] ?? '');
  const isSection = (part: string): boolean => /[:*]/.test(part);
  return { path: match?.[1] ?? text, hdu: brackets.find((part) => !isSection(part)), section: brackets.find(isSection) };
}

/** The HDUs that a target names: the one asked for, the first with an image where only a section is given, or all. */
export async function chooseHdus(file: FitsFile, target: Target): Promise<readonly Hdu[]> {
  if (target.hdu !== undefined) {
    if (/^\d+$/.test(target.hdu)) return [await file.hdu(Number(target.hdu))];
    const [name = '', version] = target.hdu.split(',');
    return [await file.hdu(name, version === undefined ? undefined : Number(version))];
  }
  const hdus = await file.hdus();
  if (target.section === undefined) return hdus;
  const image = hdus.find((hdu) => (imageShape(hdu)?.length ?? 0) > 0);
  if (image === undefined) throw new NotInFileError(`${target.path} has no image to take a section of`);
  return [image];
}

/** Shape of an image; undefined for other HDUs. */
export function imageShape(hdu: Hdu): number[] | undefined {
  if (hdu.kind === 'image') return shapeOf(hdu.header);
  return hdu.kind === 'compressed-image' ? shapeOf(hdu.header, 'ZNAXIS') : undefined;
}

/** The target's section for an HDU. */
export function sectionOf(target: Target, hdu: Hdu): Section | undefined {
  if (target.section === undefined) return undefined;
  const shape = imageShape(hdu);
  if (shape === undefined) throw new NotInFileError('a section needs an image', { hdu: hdu.index });
  return parseSection(target.section, shape);
}
