import { FormatterRegistry } from './formatter.ts';
import { PARQUET_FORMATTER } from './parquet-formatter.ts';
import { BYTES_FORMATTER, JSON_FORMATTER, LOGS_FORMATTER, PACKAGES_FORMATTER, TEXT_FORMATTER, YAML_FORMATTER } from './text-formatters.ts';

/** The built-in formats with the storage classes that they write, as the field's repositories have them. */
export function defaultFormatters(): FormatterRegistry {
  const formatters = new FormatterRegistry();
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
  formatters.add(BYTES_FORMATTER);
  return formatters;
}
