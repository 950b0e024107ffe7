import { StorageClassError } from '../errors.ts';
import { type CompositeDelegate, EXPOSURE_COMPOSITE, MASKED_IMAGE_COMPOSITE, PLAIN_COMPOSITE } from './composites.ts';

/** What kind of object a dataset is: which parts can be read alone, and which parameters a read takes. */
export interface StorageClass {
  readonly name: string;
  /** Parts that can be stored and read alone, with their storage classes. */
  readonly components: Readonly<Record<string, string>>;
  /** Parts that are computed from the whole on reading. */
  readonly derivedComponents: Readonly<Record<string, string>>;
  readonly parameters: readonly string[];
  /** Storage classes whose stored form can be read or written as this one. */
  readonly convertsFrom: readonly string[];
  /** How objects come apart into components; plain objects by their keys unless told. */
  readonly composite: CompositeDelegate;
}

const TABLE_PARAMETERS = ['columns', 'filters', 'strip_astropy_meta_yaml'];
const TABLES = ['ArrowTable', 'ArrowAstropy', 'ArrowNumpy', 'ArrowNumpyDict', 'DataFrame', 'AstropyTable'];
const MAPPINGS = ['StructuredDataDict', 'TaskMetadata', 'PropertySet', 'PropertyList', 'Config', 'Packages'];

const exposureParts = (image: string, mask: string, variance: string): Readonly<Record<string, string>> => ({
  image,
  mask,
  variance,
  wcs: 'Wcs',
  psf: 'Psf',
  photoCalib: 'PhotoCalib',
  visitInfo: 'VisitInfo',
  apCorrMap: 'ApCorr',
  coaddInputs: 'CoaddInputs',
  transmissionCurve: 'TransmissionCurve',
  metadata: 'PropertyList',
  filter: 'FilterLabel',
  detector: 'Detector',
  validPolygon: 'Polygon',
  summaryStats: 'ExposureSummaryStats',
  id: 'int',
});
const GEOMETRY = { bbox: 'Box2I', dimensions: 'Extent2I', xy0: 'Point2I' };
const IMAGE_PARAMETERS = ['bbox', 'origin'];
const EXPOSURE_PARAMETERS = ['bbox', 'origin', 'amp', 'detector'];

type Definition = Partial<Omit<StorageClass, 'name'>>;

const table = (schema: string, columns = 'ArrowColumnList'): Definition => ({
  derivedComponents: { columns, rowcount: 'int', schema },
  parameters: TABLE_PARAMETERS,
  convertsFrom: TABLES,
});
const exposure = (image: string, mask: string, variance: string): Definition => ({
  components: exposureParts(image, mask, variance),
  derivedComponents: GEOMETRY,
  parameters: EXPOSURE_PARAMETERS,
  convertsFrom: ['Exposure', 'ExposureF', 'ExposureI', 'ExposureU'],
  composite: EXPOSURE_COMPOSITE,
});
const masked = (image: string, mask: string): Definition => ({
  components: { image, mask, variance: image },
  parameters: IMAGE_PARAMETERS,
  convertsFrom: ['MaskedImage', 'MaskedImageF', 'MaskedImageI', 'MaskedImageU'],
  composite: MASKED_IMAGE_COMPOSITE,
});
const image: Definition = { parameters: IMAGE_PARAMETERS, convertsFrom: ['Image', 'ImageF', 'ImageI', 'ImageU'] };

/** The published storage classes that this release can tell apart. Others are taken as opaque. */
const KNOWN: Readonly<Record<string, Definition>> = {
  int: {},
  StructuredDataDict: { convertsFrom: MAPPINGS },
  StructuredDataList: {},
  TaskMetadata: { convertsFrom: MAPPINGS },
  PropertySet: { convertsFrom: MAPPINGS },
  PropertyList: { convertsFrom: MAPPINGS },
  Config: {},
  Packages: { convertsFrom: MAPPINGS },
  MetricValue: {},
  MetricMeasurementBundle: {},
  ButlerLogRecords: {},
  Timespan: {},
  RegionTimeInfo: {},
  ExposureSummaryStats: {},
  Box2I: {},
  Extent2I: {},
  Point2I: {},
  ArrowTable: table('ArrowSchema'),
  ArrowAstropy: table('ArrowAstropySchema'),
  ArrowNumpy: table('ArrowNumpySchema'),
  ArrowNumpyDict: table('ArrowNumpySchema'),
  DataFrame: table('DataFrameSchema', 'DataFrameIndex'),
  AstropyTable: { convertsFrom: TABLES },
  AstropyQTable: { convertsFrom: TABLES },
  ArrowColumnList: {},
  ArrowSchema: {},
  ArrowAstropySchema: {},
  ArrowNumpySchema: {},
  DataFrameSchema: {},
  DataFrameIndex: {},
  Image: image,
  ImageF: image,
  ImageI: image,
  ImageU: image,
  Mask: { parameters: IMAGE_PARAMETERS, convertsFrom: ['Mask', 'MaskX'] },
  MaskX: { parameters: IMAGE_PARAMETERS, convertsFrom: ['Mask', 'MaskX'] },
  MaskedImage: masked('Image', 'Mask'),
  MaskedImageF: masked('ImageF', 'MaskX'),
  MaskedImageI: masked('ImageI', 'MaskX'),
  MaskedImageU: masked('ImageU', 'MaskX'),
  Exposure: exposure('Image', 'Mask', 'Image'),
  ExposureF: exposure('ImageF', 'MaskX', 'ImageF'),
  ExposureI: exposure('ImageI', 'MaskX', 'ImageF'),
  ExposureU: exposure('ImageU', 'MaskX', 'ImageF'),
  /** A raw in standard form, pixels by amplifier. */
  RawExposure: { convertsFrom: ['Exposure', 'ExposureF', 'ExposureI', 'ExposureU', 'RawExposure'], parameters: EXPOSURE_PARAMETERS },
  Stamps: { parameters: ['bbox'] },
  StampsBase: { parameters: ['bbox'] },
};

const OPAQUE =
  'Wcs Psf CoaddInputs VisitInfo ApCorr PhotoCalib TransmissionCurve Camera Detector DecoratedImage DecoratedImageU Catalog PeakCatalog Polygon SimpleCatalog SourceCatalog ObjectMaskCatalog ExposureCatalog SkyMap IsrCalib Defects QECurve CrosstalkCalib Linearizer FiberSpectrum PhotonTransferCurveDataset StrayLightData BrighterFatterKernel MatchingKernel FilterLabel Background FocalPlaneBackground NumpyArray Thumbnail Plot HealSparseMap ScarletModelData TablePersistable MultipleCellCoadd VisitBackgroundModel VisitGeometry ProvenanceQuantumGraph SkyProjection ImageV2 MaskV2 MaskedImageV2 VisitImage DifferenceImage ColorImage CellCoadd'.split(
    ' ',
  );

/** All storage classes of one butler; names that nobody defined are opaque classes without parts. */
export class StorageClassRegistry {
  readonly #classes = new Map<string, StorageClass>();

  constructor() {
    for (const [name, definition] of Object.entries(KNOWN)) this.#classes.set(name, complete(name, definition));
    for (const name of OPAQUE) this.#classes.set(name, complete(name, {}));
  }

  /** Adds or replaces a storage class. */
  add(storageClass: Partial<StorageClass> & { readonly name: string }): void {
    this.#classes.set(storageClass.name, complete(storageClass.name, storageClass));
  }

  has(name: string): boolean {
    return this.#classes.has(name);
  }

  /** Those that are defined. */
  get names(): readonly string[] {
    return [...this.#classes.keys()];
  }

  get(name: string): StorageClass {
    return this.#classes.get(name) ?? complete(name, {});
  }

  /** Whether something stored as `from` can be handed out as `to`. */
  canConvert(from: string, to: string): boolean {
    return from === to || this.get(to).convertsFrom.includes(from);
  }

  /**
   * Storage class of a component.
   *
   * @throws {StorageClassError} if the class has no such part.
   */
  component(parent: string, component: string): string {
    const found = this.get(parent);
    const name = found.components[component] ?? found.derivedComponents[component];
    if (name !== undefined) return name;
    const offered = [...Object.keys(found.components), ...Object.keys(found.derivedComponents)];
    throw new StorageClassError(
      `storage class ${parent} has no component ${JSON.stringify(component)}; it has ${offered.join(', ') || 'none'}`,
    );
  }
}

function complete(name: string, definition: Definition): StorageClass {
  return {
    name,
    components: definition.components ?? {},
    derivedComponents: definition.derivedComponents ?? {},
    parameters: definition.parameters ?? [],
    convertsFrom: definition.convertsFrom ?? [],
    composite: definition.composite ?? PLAIN_COMPOSITE,
  };
}
