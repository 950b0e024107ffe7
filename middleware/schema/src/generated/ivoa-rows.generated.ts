// Generated from schema ivoa 1.1.0; change the schema, not this file.

/** Every data product of the archive in the ObsCore 1.1 data model. */
export interface ObsCoreRow {
  /** Kind of product: image, cube, spectrum, timeseries, measurements and so on. */
  readonly dataproduct_type: string | null;
  /** Kind of product in the words of the archive: the dataset type. */
  readonly dataproduct_subtype: string | null;
  /** Short title of the product. */
  readonly obs_title: string | null;
  /** Observatory or telescope that made the observation. */
  readonly facility_name: string | null;
  /** Stage of processing: 0 raw, 1 instrumental, 2 calibrated, 3 combined, 4 analysed. */
  readonly calib_level: number;
  /** Object or field that was aimed at. */
  readonly target_name: string | null;
  /** Identifier of the observation; products of one observation share it. */
  readonly obs_id: string;
  /** Collection that the product belongs to. */
  readonly obs_collection: string;
  /** IVOA identifier of the product, unique with its publisher. */
  readonly obs_publisher_did: string;
  /** Address from which the product, or a DataLink document about it, is fetched. */
  readonly access_url: string | null;
  /** Media type of what access_url gives. */
  readonly access_format: string | null;
  /** Right ascension of the centre (ICRS). [deg] */
  readonly s_ra: number | null;
  /** Declination of the centre (ICRS). [deg] */
  readonly s_dec: number | null;
  /** Diameter of a circle that covers the product. [deg] */
  readonly s_fov: number | null;
  /** Outline of the product on the sky. */
  readonly s_region: string | null;
  /** Width of the PSF at half its maximum. [arcsec] */
  readonly s_resolution: number | null;
  /** Number of pixels along the first axis. */
  readonly s_xel1: bigint | null;
  /** Number of pixels along the second axis. */
  readonly s_xel2: bigint | null;
  /** Number of elements along the time axis. */
  readonly t_xel: bigint | null;
  /** Start of the observation, as a Modified Julian Date. [d] */
  readonly t_min: number | null;
  /** End of the observation, as a Modified Julian Date. [d] */
  readonly t_max: number | null;
  /** Total exposure time. [s] */
  readonly t_exptime: number | null;
  /** Least time between two samples. [s] */
  readonly t_resolution: number | null;
  /** Number of elements along the spectral axis. */
  readonly em_xel: bigint | null;
  /** Shortest wavelength in vacuum. [m] */
  readonly em_min: number | null;
  /** Longest wavelength in vacuum. [m] */
  readonly em_max: number | null;
  /** Resolving power, wavelength over resolution. */
  readonly em_res_power: number | null;
  /** UCD of the quantity that was measured. */
  readonly o_ucd: string | null;
  /** Number of polarization states. */
  readonly pol_xel: bigint | null;
  /** Instrument that made the observation. */
  readonly instrument_name: string | null;
  /** Visit, for products of one visit. */
  readonly lsst_visit: bigint | null;
  /** Detector, for products of one detector. */
  readonly lsst_detector: bigint | null;
  /** Tract of the sky map, for coadds. */
  readonly lsst_tract: bigint | null;
  /** Patch of the tract, for coadds. */
  readonly lsst_patch: bigint | null;
  /** Band of the filter. */
  readonly lsst_band: string | null;
  /** Filter in the beam. */
  readonly lsst_filter: string | null;
  /** Estimated size of what access_url gives. [kbyte] */
  readonly access_estsize: bigint | null;
  /** Polarization states, as /I/Q/U/. */
  readonly pol_states: string | null;
}
