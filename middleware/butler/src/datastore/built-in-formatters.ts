import { parseEcsv, writeEcsv } from '@almagest/table';
import type { Table } from '@almagest/table';
import {
  FITS_EXPOSURE_FORMATTER,
  FITS_GENERIC_FORMATTER,
  FITS_IMAGE_FORMATTER,
  FITS_MASK_FORMATTER,
  FITS_MASKED_IMAGE_FORMATTER,
  FITS_PSF_FORMATTER,
  fitsRawFormatter,
  type RawReader,
} from './fits-formatters.ts';
import { type Formatter, FormatterRegistry } from './formatter.ts';
import { PARQUET_FORMATTER } from './parquet-formatter.ts';
import { BYTES_FORMATTER, JSON_FORMATTER, LOGS_FORMATTER, PACKAGES_FORMATTER, TEXT_FORMATTER, YAML_FORMATTER } from './text-formatters.ts';
import { VALUE_FORMATTER, WCS_FORMATTER } from './value-formatter.ts';

/** Tables as ECSV text. */
const ECSV_FORMATTER: Formatter = {
  name: 'lsst.daf.butler.formatters.astropyTable.AstropyTableFormatter',
  extension: () => '.ecsv',
  encode: (value) => writeEcsv(value as Table),
  decode: async (source) => parseEcsv(await source.read(0, source.size)),
};

/** Storage classes whose objects are plain data of our own rooms. */
const VALUES =
  'CoaddInputs VisitInfo ApCorr PhotoCalib TransmissionCurve Camera Detector Polygon SkyMap IsrCalib Defects QECurve CrosstalkCalib Linearizer PhotonTransferCurveDataset BrighterFatterKernel MatchingKernel FilterLabel Background FocalPlaneBackground NumpyArray HealSparseMap ScarletModelData Box2I Extent2I Point2I Stamps StampsBase'.split(
    ' ',
  );

/**
 * The built-in formats with the storage classes that they write; names and layouts are the field's where it has an open one.
 *
 * @param readRaw - Brings raw frames into standard form; that needs files of this machine, so browsers have none.
 */
export function builtInFormatters(readRaw?: RawReader): FormatterRegistry {
  const formatters = new FormatterRegistry();
  formatters.add(VALUE_FORMATTER, { storageClasses: VALUES });
  formatters.add(WCS_FORMATTER, { storageClasses: ['Wcs'] });
  formatters.add(JSON_FORMATTER, {
    storageClasses: [
      'int',
      'TaskMetadata',
      'MetricMeasurementBundle',
      'Timespan',
      'RegionTimeInfo',
      'VisitBackgroundModel',
      'VisitGeometry',
    ],
  });
  formatters.add(YAML_FORMATTER, {
    storageClasses: ['StructuredDataDict', 'StructuredDataList', 'PropertySet', 'PropertyList', 'ExposureSummaryStats', 'MetricValue'],
  });
  formatters.add(TEXT_FORMATTER, { storageClasses: ['Config'] });
  formatters.add(PACKAGES_FORMATTER, { storageClasses: ['Packages'] });
  formatters.add(LOGS_FORMATTER, { storageClasses: ['ButlerLogRecords'] });
  formatters.add(PARQUET_FORMATTER, { storageClasses: ['ArrowTable', 'ArrowAstropy', 'ArrowNumpy', 'ArrowNumpyDict', 'DataFrame'] });
  formatters.add(ECSV_FORMATTER, { storageClasses: ['AstropyTable', 'AstropyQTable'] });
  formatters.add(FITS_EXPOSURE_FORMATTER, { storageClasses: ['Exposure', 'ExposureF', 'ExposureI', 'ExposureU'] });
  formatters.add(FITS_MASKED_IMAGE_FORMATTER, { storageClasses: ['MaskedImage', 'MaskedImageF', 'MaskedImageI', 'MaskedImageU'] });
  formatters.add(FITS_IMAGE_FORMATTER, { storageClasses: ['Image', 'ImageF', 'ImageI', 'ImageU', 'DecoratedImage', 'DecoratedImageU'] });
  formatters.add(FITS_MASK_FORMATTER, { storageClasses: ['Mask', 'MaskX'] });
  formatters.add(FITS_PSF_FORMATTER, { storageClasses: ['Psf'] });
  formatters.add(FITS_GENERIC_FORMATTER, {
    storageClasses: ['Catalog', 'PeakCatalog', 'SimpleCatalog', 'SourceCatalog', 'ExposureCatalog', 'ObjectMaskCatalog'],
  });
  formatters.add(fitsRawFormatter(readRaw), { datasetTypes: ['raw'] });
  formatters.add(BYTES_FORMATTER, { storageClasses: ['Plot', 'Thumbnail'] });
  return formatters;
}
