/** Registry methods that clients may call, by whether they write. */
export const READ_METHODS: ReadonlySet<string> = new Set([
  'findDatasetType',
  'getDatasetType',
  'queryDatasetTypes',
  'findCollection',
  'getCollection',
  'flattenCollections',
  'queryCollections',
  'collectionParents',
  'collectionSummary',
  'fetchDimensionRecords',
  'resolveDataId',
  'expandDataIds',
  'fetchDatasets',
  'findDatasets',
  'queryAssociations',
  'fetchFileRecords',
  'recordedPaths',
]);
export const WRITE_METHODS: ReadonlySet<string> = new Set([
  'registerDatasetType',
  'removeDatasetType',
  'registerCollection',
  'setCollectionDoc',
  'editChain',
  'removeCollection',
  'insertDimensionData',
  'syncDimensionData',
  'insertDatasets',
  'removeDatasets',
  'associate',
  'disassociate',
  'certify',
  'decertify',
]);

/** Header of requests that belong to a transaction. */
export const TRANSACTION_HEADER = 'almagest-transaction';
