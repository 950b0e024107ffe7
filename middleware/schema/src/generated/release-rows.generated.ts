// Generated from schema release 1.0.0; change the schema, not this file.

/** Static objects, or the static side of variable ones, detected and measured on coadds in all bands. */
export interface ObjectRow {
  /** Identifier of the object, unique within the release. */
  readonly objectId: bigint;
  /** Object that this one was deblended from; null or 0 for isolated objects. */
  readonly parentObjectId: bigint | null;
  /** Tract of the sky map. */
  readonly tract: bigint;
  /** Patch of the tract. */
  readonly patch: bigint;
  /** Right ascension in the reference band (ICRS). [deg] */
  readonly coord_ra: number;
  /** Declination in the reference band (ICRS). [deg] */
  readonly coord_dec: number;
  /** Standard error of the right ascension, as an angle on the sky. [deg] */
  readonly coord_raErr: number | null;
  /** Standard error of the declination. [deg] */
  readonly coord_decErr: number | null;
  /** Covariance of right ascension (as an angle on the sky) and declination. [deg**2] */
  readonly coord_ra_dec_Cov: number | null;
  /** Column of the centroid on the coadd of the tract. [pixel] */
  readonly x: number | null;
  /** Row of the centroid on the coadd of the tract. [pixel] */
  readonly y: number | null;
  /** Standard error of x. [pixel] */
  readonly xErr: number | null;
  /** Standard error of y. [pixel] */
  readonly yErr: number | null;
  /** The centroid could not be measured. */
  readonly xy_flag: boolean | null;
  /** Second moment of the light along x in the reference band. [pixel**2] */
  readonly shape_xx: number | null;
  /** Second moment of the light along y in the reference band. [pixel**2] */
  readonly shape_yy: number | null;
  /** Mixed second moment of the light in the reference band. [pixel**2] */
  readonly shape_xy: number | null;
  /** The moments could not be measured. */
  readonly shape_flag: boolean | null;
  /** Band that positions and shapes were measured in. */
  readonly refBand: string | null;
  /** Extendedness in the reference band: 0 for a point source, 1 for an extended one. */
  readonly refExtendedness: number | null;
  /** Extendedness from sizes in the reference band, from 0 to 1. */
  readonly refSizeExtendedness: number | null;
  /** Reddening E(B-V) of the Galaxy along the line of sight. [mag] */
  readonly ebv: number | null;
  /** The object is deblended and lies inside its patch and tract: select it to count each object once. */
  readonly detect_isPrimary: boolean | null;
  /** The object lies in the inner region of its patch. */
  readonly detect_isPatchInner: boolean | null;
  /** The object lies in the inner region of its tract. */
  readonly detect_isTractInner: boolean | null;
  /** The object was not blended. */
  readonly detect_isIsolated: boolean | null;
  /** The object is a child of a blend or isolated. */
  readonly detect_isDeblendedSource: boolean | null;
  /** The object was deblended. */
  readonly detect_fromBlend: boolean | null;
  /** Number of objects deblended from this one. */
  readonly deblend_nChild: number | null;
  /** Deblending failed. */
  readonly deblend_failed: boolean | null;
  /** Deblending was left out. */
  readonly deblend_skipped: boolean | null;
  /** The object is a piece of empty sky, for statistics of the background. */
  readonly merge_peak_sky: boolean | null;
  /** Right ascension on the u-band coadd (ICRS). [deg] */
  readonly u_ra: number | null;
  /** Declination on the u-band coadd (ICRS). [deg] */
  readonly u_dec: number | null;
  /** Standard error of u_ra, as an angle on the sky. [deg] */
  readonly u_raErr: number | null;
  /** Standard error of u_dec. [deg] */
  readonly u_decErr: number | null;
  /** Point-source flux on the u-band coadd, at the position in the reference band. [nJy] */
  readonly u_psfFlux: number | null;
  /** Standard error of u_psfFlux. [nJy] */
  readonly u_psfFluxErr: number | null;
  /** u_psfFlux could not be measured. */
  readonly u_psfFlux_flag: boolean | null;
  /** AB magnitude of u_psfFlux. [mag] */
  readonly u_psfMag: number | null;
  /** Standard error of u_psfMag. [mag] */
  readonly u_psfMagErr: number | null;
  /** Point-source flux on the u-band coadd, at the position measured there. [nJy] */
  readonly u_free_psfFlux: number | null;
  /** Standard error of u_free_psfFlux. [nJy] */
  readonly u_free_psfFluxErr: number | null;
  /** u_free_psfFlux could not be measured. */
  readonly u_free_psfFlux_flag: boolean | null;
  /** Flux of a composite galaxy model on the u-band coadd, with the shape of the reference band. [nJy] */
  readonly u_cModelFlux: number | null;
  /** Standard error of u_cModelFlux. [nJy] */
  readonly u_cModelFluxErr: number | null;
  /** The composite model could not be fitted on the u-band coadd. */
  readonly u_cModel_flag: boolean | null;
  /** AB magnitude of u_cModelFlux. [mag] */
  readonly u_cModelMag: number | null;
  /** Standard error of u_cModelMag. [mag] */
  readonly u_cModelMagErr: number | null;
  /** Kron radius on the u-band coadd. [pixel] */
  readonly u_kronRad: number | null;
  /** Flux in the Kron aperture on the u-band coadd. [nJy] */
  readonly u_kronFlux: number | null;
  /** Standard error of u_kronFlux. [nJy] */
  readonly u_kronFluxErr: number | null;
  /** u_kronFlux could not be measured. */
  readonly u_kronFlux_flag: boolean | null;
  /** Flux in the 12-pixel aperture on the u-band coadd, which calibration rests on. [nJy] */
  readonly u_calibFlux: number | null;
  /** Standard error of u_calibFlux. [nJy] */
  readonly u_calibFluxErr: number | null;
  /** Flux in an aperture of 3 pixels radius on the u-band coadd. [nJy] */
  readonly u_ap03Flux: number | null;
  /** Standard error of u_ap03Flux. [nJy] */
  readonly u_ap03FluxErr: number | null;
  /** u_ap03Flux could not be measured. */
  readonly u_ap03Flux_flag: boolean | null;
  /** Flux in an aperture of 6 pixels radius on the u-band coadd. [nJy] */
  readonly u_ap06Flux: number | null;
  /** Standard error of u_ap06Flux. [nJy] */
  readonly u_ap06FluxErr: number | null;
  /** u_ap06Flux could not be measured. */
  readonly u_ap06Flux_flag: boolean | null;
  /** Flux in an aperture of 9 pixels radius on the u-band coadd. [nJy] */
  readonly u_ap09Flux: number | null;
  /** Standard error of u_ap09Flux. [nJy] */
  readonly u_ap09FluxErr: number | null;
  /** u_ap09Flux could not be measured. */
  readonly u_ap09Flux_flag: boolean | null;
  /** Flux in an aperture of 12 pixels radius on the u-band coadd. [nJy] */
  readonly u_ap12Flux: number | null;
  /** Standard error of u_ap12Flux. [nJy] */
  readonly u_ap12FluxErr: number | null;
  /** u_ap12Flux could not be measured. */
  readonly u_ap12Flux_flag: boolean | null;
  /** Flux in an aperture of 17 pixels radius on the u-band coadd. [nJy] */
  readonly u_ap17Flux: number | null;
  /** Standard error of u_ap17Flux. [nJy] */
  readonly u_ap17FluxErr: number | null;
  /** u_ap17Flux could not be measured. */
  readonly u_ap17Flux_flag: boolean | null;
  /** Flux in an aperture of 25 pixels radius on the u-band coadd. [nJy] */
  readonly u_ap25Flux: number | null;
  /** Standard error of u_ap25Flux. [nJy] */
  readonly u_ap25FluxErr: number | null;
  /** u_ap25Flux could not be measured. */
  readonly u_ap25Flux_flag: boolean | null;
  /** Flux in an aperture of 35 pixels radius on the u-band coadd. [nJy] */
  readonly u_ap35Flux: number | null;
  /** Standard error of u_ap35Flux. [nJy] */
  readonly u_ap35FluxErr: number | null;
  /** u_ap35Flux could not be measured. */
  readonly u_ap35Flux_flag: boolean | null;
  /** Flux in an aperture of 50 pixels radius on the u-band coadd. [nJy] */
  readonly u_ap50Flux: number | null;
  /** Standard error of u_ap50Flux. [nJy] */
  readonly u_ap50FluxErr: number | null;
  /** u_ap50Flux could not be measured. */
  readonly u_ap50Flux_flag: boolean | null;
  /** Flux in an aperture of 70 pixels radius on the u-band coadd. [nJy] */
  readonly u_ap70Flux: number | null;
  /** Standard error of u_ap70Flux. [nJy] */
  readonly u_ap70FluxErr: number | null;
  /** u_ap70Flux could not be measured. */
  readonly u_ap70Flux_flag: boolean | null;
  /** Flux on the u-band coadd in a Gaussian aperture of 0.7 arcsec after the PSF is made Gaussian. [nJy] */
  readonly u_gaap0p7Flux: number | null;
  /** Standard error of u_gaap0p7Flux. [nJy] */
  readonly u_gaap0p7FluxErr: number | null;
  /** Flux on the u-band coadd in a Gaussian aperture of 1.0 arcsec after the PSF is made Gaussian. [nJy] */
  readonly u_gaap1p0Flux: number | null;
  /** Standard error of u_gaap1p0Flux. [nJy] */
  readonly u_gaap1p0FluxErr: number | null;
  /** Flux on the u-band coadd in a Gaussian aperture of 1.5 arcsec after the PSF is made Gaussian. [nJy] */
  readonly u_gaap1p5Flux: number | null;
  /** Standard error of u_gaap1p5Flux. [nJy] */
  readonly u_gaap1p5FluxErr: number | null;
  /** Flux on the u-band coadd in a Gaussian aperture of 2.5 arcsec after the PSF is made Gaussian. [nJy] */
  readonly u_gaap2p5Flux: number | null;
  /** Standard error of u_gaap2p5Flux. [nJy] */
  readonly u_gaap2p5FluxErr: number | null;
  /** Flux on the u-band coadd in a Gaussian aperture of 3.0 arcsec after the PSF is made Gaussian. [nJy] */
  readonly u_gaap3p0Flux: number | null;
  /** Standard error of u_gaap3p0Flux. [nJy] */
  readonly u_gaap3p0FluxErr: number | null;
  /** The Gaussian aperture fluxes could not be measured on the u-band coadd. */
  readonly u_gaapFlux_flag: boolean | null;
  /** Second moment of the light along x on the u-band coadd. [pixel**2] */
  readonly u_ixx: number | null;
  /** Second moment of the light along y on the u-band coadd. [pixel**2] */
  readonly u_iyy: number | null;
  /** Mixed second moment of the light on the u-band coadd. [pixel**2] */
  readonly u_ixy: number | null;
  /** The moments could not be measured on the u-band coadd. */
  readonly u_i_flag: boolean | null;
  /** Second moment of the PSF along x on the u-band coadd. [pixel**2] */
  readonly u_ixxPSF: number | null;
  /** Second moment of the PSF along y on the u-band coadd. [pixel**2] */
  readonly u_iyyPSF: number | null;
  /** Mixed second moment of the PSF on the u-band coadd. [pixel**2] */
  readonly u_ixyPSF: number | null;
  /** First ellipticity component on the u-band coadd, corrected for the PSF by re-Gaussianization. */
  readonly u_hsmShapeRegauss_e1: number | null;
  /** Second ellipticity component on the u-band coadd, corrected for the PSF by re-Gaussianization. */
  readonly u_hsmShapeRegauss_e2: number | null;
  /** Standard error of each ellipticity component on the u-band coadd. */
  readonly u_hsmShapeRegauss_sigma: number | null;
  /** The corrected shape could not be measured on the u-band coadd. */
  readonly u_hsmShapeRegauss_flag: boolean | null;
  /** Zero for a point source, one for an extended one, on the u-band coadd. */
  readonly u_extendedness: number | null;
  /** Extendedness from sizes on the u-band coadd, from 0 to 1. */
  readonly u_sizeExtendedness: number | null;
  /** Share of the light at the object's place on the u-band coadd that belongs to its neighbours. */
  readonly u_blendedness: number | null;
  /** Number of images in the u-band coadd at the centre of the object. */
  readonly u_inputCount: number | null;
  /** There is no PSF at the place of the object on the u-band coadd. */
  readonly u_invalidPsfFlag: boolean | null;
  /** The object was used to model the PSF in the u band. */
  readonly u_calib_psf_used: boolean | null;
  /** The object was used for photometric calibration in the u band. */
  readonly u_calib_photometry_used: boolean | null;
  /** The object was used for astrometric calibration in the u band. */
  readonly u_calib_astrometry_used: boolean | null;
  /** The footprint contains a pixel marked bad on the u-band coadd. */
  readonly u_pixelFlags_bad: boolean | null;
  /** The footprint contains a pixel clipped in coaddition on the u-band coadd. */
  readonly u_pixelFlags_clipped: boolean | null;
  /** The footprint contains a cosmic ray on the u-band coadd. */
  readonly u_pixelFlags_cr: boolean | null;
  /** There is a cosmic ray within three pixels of the centre on the u-band coadd. */
  readonly u_pixelFlags_crCenter: boolean | null;
  /** The footprint touches the edge of the image or a region without data on the u-band coadd. */
  readonly u_pixelFlags_edge: boolean | null;
  /** The footprint contains a pixel where the coadded PSF is inexact on the u-band coadd. */
  readonly u_pixelFlags_inexact_psf: boolean | null;
  /** There is a pixel where the coadded PSF is inexact within three pixels of the centre on the u-band coadd. */
  readonly u_pixelFlags_inexact_psfCenter: boolean | null;
  /** The footprint contains an interpolated pixel on the u-band coadd. */
  readonly u_pixelFlags_interpolated: boolean | null;
  /** There is an interpolated pixel within three pixels of the centre on the u-band coadd. */
  readonly u_pixelFlags_interpolatedCenter: boolean | null;
  /** The footprint contains a pixel without data on the u-band coadd. */
  readonly u_pixelFlags_nodata: boolean | null;
  /** The centre lies outside the image on the u-band coadd. */
  readonly u_pixelFlags_offimage: boolean | null;
  /** The footprint contains a saturated pixel on the u-band coadd. */
  readonly u_pixelFlags_saturated: boolean | null;
  /** There is a saturated pixel within three pixels of the centre on the u-band coadd. */
  readonly u_pixelFlags_saturatedCenter: boolean | null;
  /** The footprint contains the edge of a sensor of an input image on the u-band coadd. */
  readonly u_pixelFlags_sensor_edge: boolean | null;
  /** The footprint contains a pixel near saturation on the u-band coadd. */
  readonly u_pixelFlags_suspect: boolean | null;
  /** There is a pixel near saturation within three pixels of the centre on the u-band coadd. */
  readonly u_pixelFlags_suspectCenter: boolean | null;
  /** Right ascension on the g-band coadd (ICRS). [deg] */
  readonly g_ra: number | null;
  /** Declination on the g-band coadd (ICRS). [deg] */
  readonly g_dec: number | null;
  /** Standard error of g_ra, as an angle on the sky. [deg] */
  readonly g_raErr: number | null;
  /** Standard error of g_dec. [deg] */
  readonly g_decErr: number | null;
  /** Point-source flux on the g-band coadd, at the position in the reference band. [nJy] */
  readonly g_psfFlux: number | null;
  /** Standard error of g_psfFlux. [nJy] */
  readonly g_psfFluxErr: number | null;
  /** g_psfFlux could not be measured. */
  readonly g_psfFlux_flag: boolean | null;
  /** AB magnitude of g_psfFlux. [mag] */
  readonly g_psfMag: number | null;
  /** Standard error of g_psfMag. [mag] */
  readonly g_psfMagErr: number | null;
  /** Point-source flux on the g-band coadd, at the position measured there. [nJy] */
  readonly g_free_psfFlux: number | null;
  /** Standard error of g_free_psfFlux. [nJy] */
  readonly g_free_psfFluxErr: number | null;
  /** g_free_psfFlux could not be measured. */
  readonly g_free_psfFlux_flag: boolean | null;
  /** Flux of a composite galaxy model on the g-band coadd, with the shape of the reference band. [nJy] */
  readonly g_cModelFlux: number | null;
  /** Standard error of g_cModelFlux. [nJy] */
  readonly g_cModelFluxErr: number | null;
  /** The composite model could not be fitted on the g-band coadd. */
  readonly g_cModel_flag: boolean | null;
  /** AB magnitude of g_cModelFlux. [mag] */
  readonly g_cModelMag: number | null;
  /** Standard error of g_cModelMag. [mag] */
  readonly g_cModelMagErr: number | null;
  /** Kron radius on the g-band coadd. [pixel] */
  readonly g_kronRad: number | null;
  /** Flux in the Kron aperture on the g-band coadd. [nJy] */
  readonly g_kronFlux: number | null;
  /** Standard error of g_kronFlux. [nJy] */
  readonly g_kronFluxErr: number | null;
  /** g_kronFlux could not be measured. */
  readonly g_kronFlux_flag: boolean | null;
  /** Flux in the 12-pixel aperture on the g-band coadd, which calibration rests on. [nJy] */
  readonly g_calibFlux: number | null;
  /** Standard error of g_calibFlux. [nJy] */
  readonly g_calibFluxErr: number | null;
  /** Flux in an aperture of 3 pixels radius on the g-band coadd. [nJy] */
  readonly g_ap03Flux: number | null;
  /** Standard error of g_ap03Flux. [nJy] */
  readonly g_ap03FluxErr: number | null;
  /** g_ap03Flux could not be measured. */
  readonly g_ap03Flux_flag: boolean | null;
  /** Flux in an aperture of 6 pixels radius on the g-band coadd. [nJy] */
  readonly g_ap06Flux: number | null;
  /** Standard error of g_ap06Flux. [nJy] */
  readonly g_ap06FluxErr: number | null;
  /** g_ap06Flux could not be measured. */
  readonly g_ap06Flux_flag: boolean | null;
  /** Flux in an aperture of 9 pixels radius on the g-band coadd. [nJy] */
  readonly g_ap09Flux: number | null;
  /** Standard error of g_ap09Flux. [nJy] */
  readonly g_ap09FluxErr: number | null;
  /** g_ap09Flux could not be measured. */
  readonly g_ap09Flux_flag: boolean | null;
  /** Flux in an aperture of 12 pixels radius on the g-band coadd. [nJy] */
  readonly g_ap12Flux: number | null;
  /** Standard error of g_ap12Flux. [nJy] */
  readonly g_ap12FluxErr: number | null;
  /** g_ap12Flux could not be measured. */
  readonly g_ap12Flux_flag: boolean | null;
  /** Flux in an aperture of 17 pixels radius on the g-band coadd. [nJy] */
  readonly g_ap17Flux: number | null;
  /** Standard error of g_ap17Flux. [nJy] */
  readonly g_ap17FluxErr: number | null;
  /** g_ap17Flux could not be measured. */
  readonly g_ap17Flux_flag: boolean | null;
  /** Flux in an aperture of 25 pixels radius on the g-band coadd. [nJy] */
  readonly g_ap25Flux: number | null;
  /** Standard error of g_ap25Flux. [nJy] */
  readonly g_ap25FluxErr: number | null;
  /** g_ap25Flux could not be measured. */
  readonly g_ap25Flux_flag: boolean | null;
  /** Flux in an aperture of 35 pixels radius on the g-band coadd. [nJy] */
  readonly g_ap35Flux: number | null;
  /** Standard error of g_ap35Flux. [nJy] */
  readonly g_ap35FluxErr: number | null;
  /** g_ap35Flux could not be measured. */
  readonly g_ap35Flux_flag: boolean | null;
  /** Flux in an aperture of 50 pixels radius on the g-band coadd. [nJy] */
  readonly g_ap50Flux: number | null;
  /** Standard error of g_ap50Flux. [nJy] */
  readonly g_ap50FluxErr: number | null;
  /** g_ap50Flux could not be measured. */
  readonly g_ap50Flux_flag: boolean | null;
  /** Flux in an aperture of 70 pixels radius on the g-band coadd. [nJy] */
  readonly g_ap70Flux: number | null;
  /** Standard error of g_ap70Flux. [nJy] */
  readonly g_ap70FluxErr: number | null;
  /** g_ap70Flux could not be measured. */
  readonly g_ap70Flux_flag: boolean | null;
  /** Flux on the g-band coadd in a Gaussian aperture of 0.7 arcsec after the PSF is made Gaussian. [nJy] */
  readonly g_gaap0p7Flux: number | null;
  /** Standard error of g_gaap0p7Flux. [nJy] */
  readonly g_gaap0p7FluxErr: number | null;
  /** Flux on the g-band coadd in a Gaussian aperture of 1.0 arcsec after the PSF is made Gaussian. [nJy] */
  readonly g_gaap1p0Flux: number | null;
  /** Standard error of g_gaap1p0Flux. [nJy] */
  readonly g_gaap1p0FluxErr: number | null;
  /** Flux on the g-band coadd in a Gaussian aperture of 1.5 arcsec after the PSF is made Gaussian. [nJy] */
  readonly g_gaap1p5Flux: number | null;
  /** Standard error of g_gaap1p5Flux. [nJy] */
  readonly g_gaap1p5FluxErr: number | null;
  /** Flux on the g-band coadd in a Gaussian aperture of 2.5 arcsec after the PSF is made Gaussian. [nJy] */
  readonly g_gaap2p5Flux: number | null;
  /** Standard error of g_gaap2p5Flux. [nJy] */
  readonly g_gaap2p5FluxErr: number | null;
  /** Flux on the g-band coadd in a Gaussian aperture of 3.0 arcsec after the PSF is made Gaussian. [nJy] */
  readonly g_gaap3p0Flux: number | null;
  /** Standard error of g_gaap3p0Flux. [nJy] */
  readonly g_gaap3p0FluxErr: number | null;
  /** The Gaussian aperture fluxes could not be measured on the g-band coadd. */
  readonly g_gaapFlux_flag: boolean | null;
  /** Second moment of the light along x on the g-band coadd. [pixel**2] */
  readonly g_ixx: number | null;
  /** Second moment of the light along y on the g-band coadd. [pixel**2] */
  readonly g_iyy: number | null;
  /** Mixed second moment of the light on the g-band coadd. [pixel**2] */
  readonly g_ixy: number | null;
  /** The moments could not be measured on the g-band coadd. */
  readonly g_i_flag: boolean | null;
  /** Second moment of the PSF along x on the g-band coadd. [pixel**2] */
  readonly g_ixxPSF: number | null;
  /** Second moment of the PSF along y on the g-band coadd. [pixel**2] */
  readonly g_iyyPSF: number | null;
  /** Mixed second moment of the PSF on the g-band coadd. [pixel**2] */
  readonly g_ixyPSF: number | null;
  /** First ellipticity component on the g-band coadd, corrected for the PSF by re-Gaussianization. */
  readonly g_hsmShapeRegauss_e1: number | null;
  /** Second ellipticity component on the g-band coadd, corrected for the PSF by re-Gaussianization. */
  readonly g_hsmShapeRegauss_e2: number | null;
  /** Standard error of each ellipticity component on the g-band coadd. */
  readonly g_hsmShapeRegauss_sigma: number | null;
  /** The corrected shape could not be measured on the g-band coadd. */
  readonly g_hsmShapeRegauss_flag: boolean | null;
  /** Zero for a point source, one for an extended one, on the g-band coadd. */
  readonly g_extendedness: number | null;
  /** Extendedness from sizes on the g-band coadd, from 0 to 1. */
  readonly g_sizeExtendedness: number | null;
  /** Share of the light at the object's place on the g-band coadd that belongs to its neighbours. */
  readonly g_blendedness: number | null;
  /** Number of images in the g-band coadd at the centre of the object. */
  readonly g_inputCount: number | null;
  /** There is no PSF at the place of the object on the g-band coadd. */
  readonly g_invalidPsfFlag: boolean | null;
  /** The object was used to model the PSF in the g band. */
  readonly g_calib_psf_used: boolean | null;
  /** The object was used for photometric calibration in the g band. */
  readonly g_calib_photometry_used: boolean | null;
  /** The object was used for astrometric calibration in the g band. */
  readonly g_calib_astrometry_used: boolean | null;
  /** The footprint contains a pixel marked bad on the g-band coadd. */
  readonly g_pixelFlags_bad: boolean | null;
  /** The footprint contains a pixel clipped in coaddition on the g-band coadd. */
  readonly g_pixelFlags_clipped: boolean | null;
  /** The footprint contains a cosmic ray on the g-band coadd. */
  readonly g_pixelFlags_cr: boolean | null;
  /** There is a cosmic ray within three pixels of the centre on the g-band coadd. */
  readonly g_pixelFlags_crCenter: boolean | null;
  /** The footprint touches the edge of the image or a region without data on the g-band coadd. */
  readonly g_pixelFlags_edge: boolean | null;
  /** The footprint contains a pixel where the coadded PSF is inexact on the g-band coadd. */
  readonly g_pixelFlags_inexact_psf: boolean | null;
  /** There is a pixel where the coadded PSF is inexact within three pixels of the centre on the g-band coadd. */
  readonly g_pixelFlags_inexact_psfCenter: boolean | null;
  /** The footprint contains an interpolated pixel on the g-band coadd. */
  readonly g_pixelFlags_interpolated: boolean | null;
  /** There is an interpolated pixel within three pixels of the centre on the g-band coadd. */
  readonly g_pixelFlags_interpolatedCenter: boolean | null;
  /** The footprint contains a pixel without data on the g-band coadd. */
  readonly g_pixelFlags_nodata: boolean | null;
  /** The centre lies outside the image on the g-band coadd. */
  readonly g_pixelFlags_offimage: boolean | null;
  /** The footprint contains a saturated pixel on the g-band coadd. */
  readonly g_pixelFlags_saturated: boolean | null;
  /** There is a saturated pixel within three pixels of the centre on the g-band coadd. */
  readonly g_pixelFlags_saturatedCenter: boolean | null;
  /** The footprint contains the edge of a sensor of an input image on the g-band coadd. */
  readonly g_pixelFlags_sensor_edge: boolean | null;
  /** The footprint contains a pixel near saturation on the g-band coadd. */
  readonly g_pixelFlags_suspect: boolean | null;
  /** There is a pixel near saturation within three pixels of the centre on the g-band coadd. */
  readonly g_pixelFlags_suspectCenter: boolean | null;
  /** Right ascension on the r-band coadd (ICRS). [deg] */
  readonly r_ra: number | null;
  /** Declination on the r-band coadd (ICRS). [deg] */
  readonly r_dec: number | null;
  /** Standard error of r_ra, as an angle on the sky. [deg] */
  readonly r_raErr: number | null;
  /** Standard error of r_dec. [deg] */
  readonly r_decErr: number | null;
  /** Point-source flux on the r-band coadd, at the position in the reference band. [nJy] */
  readonly r_psfFlux: number | null;
  /** Standard error of r_psfFlux. [nJy] */
  readonly r_psfFluxErr: number | null;
  /** r_psfFlux could not be measured. */
  readonly r_psfFlux_flag: boolean | null;
  /** AB magnitude of r_psfFlux. [mag] */
  readonly r_psfMag: number | null;
  /** Standard error of r_psfMag. [mag] */
  readonly r_psfMagErr: number | null;
  /** Point-source flux on the r-band coadd, at the position measured there. [nJy] */
  readonly r_free_psfFlux: number | null;
  /** Standard error of r_free_psfFlux. [nJy] */
  readonly r_free_psfFluxErr: number | null;
  /** r_free_psfFlux could not be measured. */
  readonly r_free_psfFlux_flag: boolean | null;
  /** Flux of a composite galaxy model on the r-band coadd, with the shape of the reference band. [nJy] */
  readonly r_cModelFlux: number | null;
  /** Standard error of r_cModelFlux. [nJy] */
  readonly r_cModelFluxErr: number | null;
  /** The composite model could not be fitted on the r-band coadd. */
  readonly r_cModel_flag: boolean | null;
  /** AB magnitude of r_cModelFlux. [mag] */
  readonly r_cModelMag: number | null;
  /** Standard error of r_cModelMag. [mag] */
  readonly r_cModelMagErr: number | null;
  /** Kron radius on the r-band coadd. [pixel] */
  readonly r_kronRad: number | null;
  /** Flux in the Kron aperture on the r-band coadd. [nJy] */
  readonly r_kronFlux: number | null;
  /** Standard error of r_kronFlux. [nJy] */
  readonly r_kronFluxErr: number | null;
  /** r_kronFlux could not be measured. */
  readonly r_kronFlux_flag: boolean | null;
  /** Flux in the 12-pixel aperture on the r-band coadd, which calibration rests on. [nJy] */
  readonly r_calibFlux: number | null;
  /** Standard error of r_calibFlux. [nJy] */
  readonly r_calibFluxErr: number | null;
  /** Flux in an aperture of 3 pixels radius on the r-band coadd. [nJy] */
  readonly r_ap03Flux: number | null;
  /** Standard error of r_ap03Flux. [nJy] */
  readonly r_ap03FluxErr: number | null;
  /** r_ap03Flux could not be measured. */
  readonly r_ap03Flux_flag: boolean | null;
  /** Flux in an aperture of 6 pixels radius on the r-band coadd. [nJy] */
  readonly r_ap06Flux: number | null;
  /** Standard error of r_ap06Flux. [nJy] */
  readonly r_ap06FluxErr: number | null;
  /** r_ap06Flux could not be measured. */
  readonly r_ap06Flux_flag: boolean | null;
  /** Flux in an aperture of 9 pixels radius on the r-band coadd. [nJy] */
  readonly r_ap09Flux: number | null;
  /** Standard error of r_ap09Flux. [nJy] */
  readonly r_ap09FluxErr: number | null;
  /** r_ap09Flux could not be measured. */
  readonly r_ap09Flux_flag: boolean | null;
  /** Flux in an aperture of 12 pixels radius on the r-band coadd. [nJy] */
  readonly r_ap12Flux: number | null;
  /** Standard error of r_ap12Flux. [nJy] */
  readonly r_ap12FluxErr: number | null;
  /** r_ap12Flux could not be measured. */
  readonly r_ap12Flux_flag: boolean | null;
  /** Flux in an aperture of 17 pixels radius on the r-band coadd. [nJy] */
  readonly r_ap17Flux: number | null;
  /** Standard error of r_ap17Flux. [nJy] */
  readonly r_ap17FluxErr: number | null;
  /** r_ap17Flux could not be measured. */
  readonly r_ap17Flux_flag: boolean | null;
  /** Flux in an aperture of 25 pixels radius on the r-band coadd. [nJy] */
  readonly r_ap25Flux: number | null;
  /** Standard error of r_ap25Flux. [nJy] */
  readonly r_ap25FluxErr: number | null;
  /** r_ap25Flux could not be measured. */
  readonly r_ap25Flux_flag: boolean | null;
  /** Flux in an aperture of 35 pixels radius on the r-band coadd. [nJy] */
  readonly r_ap35Flux: number | null;
  /** Standard error of r_ap35Flux. [nJy] */
  readonly r_ap35FluxErr: number | null;
  /** r_ap35Flux could not be measured. */
  readonly r_ap35Flux_flag: boolean | null;
  /** Flux in an aperture of 50 pixels radius on the r-band coadd. [nJy] */
  readonly r_ap50Flux: number | null;
  /** Standard error of r_ap50Flux. [nJy] */
  readonly r_ap50FluxErr: number | null;
  /** r_ap50Flux could not be measured. */
  readonly r_ap50Flux_flag: boolean | null;
  /** Flux in an aperture of 70 pixels radius on the r-band coadd. [nJy] */
  readonly r_ap70Flux: number | null;
  /** Standard error of r_ap70Flux. [nJy] */
  readonly r_ap70FluxErr: number | null;
  /** r_ap70Flux could not be measured. */
  readonly r_ap70Flux_flag: boolean | null;
  /** Flux on the r-band coadd in a Gaussian aperture of 0.7 arcsec after the PSF is made Gaussian. [nJy] */
  readonly r_gaap0p7Flux: number | null;
  /** Standard error of r_gaap0p7Flux. [nJy] */
  readonly r_gaap0p7FluxErr: number | null;
  /** Flux on the r-band coadd in a Gaussian aperture of 1.0 arcsec after the PSF is made Gaussian. [nJy] */
  readonly r_gaap1p0Flux: number | null;
  /** Standard error of r_gaap1p0Flux. [nJy] */
  readonly r_gaap1p0FluxErr: number | null;
  /** Flux on the r-band coadd in a Gaussian aperture of 1.5 arcsec after the PSF is made Gaussian. [nJy] */
  readonly r_gaap1p5Flux: number | null;
  /** Standard error of r_gaap1p5Flux. [nJy] */
  readonly r_gaap1p5FluxErr: number | null;
  /** Flux on the r-band coadd in a Gaussian aperture of 2.5 arcsec after the PSF is made Gaussian. [nJy] */
  readonly r_gaap2p5Flux: number | null;
  /** Standard error of r_gaap2p5Flux. [nJy] */
  readonly r_gaap2p5FluxErr: number | null;
  /** Flux on the r-band coadd in a Gaussian aperture of 3.0 arcsec after the PSF is made Gaussian. [nJy] */
  readonly r_gaap3p0Flux: number | null;
  /** Standard error of r_gaap3p0Flux. [nJy] */
  readonly r_gaap3p0FluxErr: number | null;
  /** The Gaussian aperture fluxes could not be measured on the r-band coadd. */
  readonly r_gaapFlux_flag: boolean | null;
  /** Second moment of the light along x on the r-band coadd. [pixel**2] */
  readonly r_ixx: number | null;
  /** Second moment of the light along y on the r-band coadd. [pixel**2] */
  readonly r_iyy: number | null;
  /** Mixed second moment of the light on the r-band coadd. [pixel**2] */
  readonly r_ixy: number | null;
  /** The moments could not be measured on the r-band coadd. */
  readonly r_i_flag: boolean | null;
  /** Second moment of the PSF along x on the r-band coadd. [pixel**2] */
  readonly r_ixxPSF: number | null;
  /** Second moment of the PSF along y on the r-band coadd. [pixel**2] */
  readonly r_iyyPSF: number | null;
  /** Mixed second moment of the PSF on the r-band coadd. [pixel**2] */
  readonly r_ixyPSF: number | null;
  /** First ellipticity component on the r-band coadd, corrected for the PSF by re-Gaussianization. */
  readonly r_hsmShapeRegauss_e1: number | null;
  /** Second ellipticity component on the r-band coadd, corrected for the PSF by re-Gaussianization. */
  readonly r_hsmShapeRegauss_e2: number | null;
  /** Standard error of each ellipticity component on the r-band coadd. */
  readonly r_hsmShapeRegauss_sigma: number | null;
  /** The corrected shape could not be measured on the r-band coadd. */
  readonly r_hsmShapeRegauss_flag: boolean | null;
  /** Zero for a point source, one for an extended one, on the r-band coadd. */
  readonly r_extendedness: number | null;
  /** Extendedness from sizes on the r-band coadd, from 0 to 1. */
  readonly r_sizeExtendedness: number | null;
  /** Share of the light at the object's place on the r-band coadd that belongs to its neighbours. */
  readonly r_blendedness: number | null;
  /** Number of images in the r-band coadd at the centre of the object. */
  readonly r_inputCount: number | null;
  /** There is no PSF at the place of the object on the r-band coadd. */
  readonly r_invalidPsfFlag: boolean | null;
  /** The object was used to model the PSF in the r band. */
  readonly r_calib_psf_used: boolean | null;
  /** The object was used for photometric calibration in the r band. */
  readonly r_calib_photometry_used: boolean | null;
  /** The object was used for astrometric calibration in the r band. */
  readonly r_calib_astrometry_used: boolean | null;
  /** The footprint contains a pixel marked bad on the r-band coadd. */
  readonly r_pixelFlags_bad: boolean | null;
  /** The footprint contains a pixel clipped in coaddition on the r-band coadd. */
  readonly r_pixelFlags_clipped: boolean | null;
  /** The footprint contains a cosmic ray on the r-band coadd. */
  readonly r_pixelFlags_cr: boolean | null;
  /** There is a cosmic ray within three pixels of the centre on the r-band coadd. */
  readonly r_pixelFlags_crCenter: boolean | null;
  /** The footprint touches the edge of the image or a region without data on the r-band coadd. */
  readonly r_pixelFlags_edge: boolean | null;
  /** The footprint contains a pixel where the coadded PSF is inexact on the r-band coadd. */
  readonly r_pixelFlags_inexact_psf: boolean | null;
  /** There is a pixel where the coadded PSF is inexact within three pixels of the centre on the r-band coadd. */
  readonly r_pixelFlags_inexact_psfCenter: boolean | null;
  /** The footprint contains an interpolated pixel on the r-band coadd. */
  readonly r_pixelFlags_interpolated: boolean | null;
  /** There is an interpolated pixel within three pixels of the centre on the r-band coadd. */
  readonly r_pixelFlags_interpolatedCenter: boolean | null;
  /** The footprint contains a pixel without data on the r-band coadd. */
  readonly r_pixelFlags_nodata: boolean | null;
  /** The centre lies outside the image on the r-band coadd. */
  readonly r_pixelFlags_offimage: boolean | null;
  /** The footprint contains a saturated pixel on the r-band coadd. */
  readonly r_pixelFlags_saturated: boolean | null;
  /** There is a saturated pixel within three pixels of the centre on the r-band coadd. */
  readonly r_pixelFlags_saturatedCenter: boolean | null;
  /** The footprint contains the edge of a sensor of an input image on the r-band coadd. */
  readonly r_pixelFlags_sensor_edge: boolean | null;
  /** The footprint contains a pixel near saturation on the r-band coadd. */
  readonly r_pixelFlags_suspect: boolean | null;
  /** There is a pixel near saturation within three pixels of the centre on the r-band coadd. */
  readonly r_pixelFlags_suspectCenter: boolean | null;
  /** Right ascension on the i-band coadd (ICRS). [deg] */
  readonly i_ra: number | null;
  /** Declination on the i-band coadd (ICRS). [deg] */
  readonly i_dec: number | null;
  /** Standard error of i_ra, as an angle on the sky. [deg] */
  readonly i_raErr: number | null;
  /** Standard error of i_dec. [deg] */
  readonly i_decErr: number | null;
  /** Point-source flux on the i-band coadd, at the position in the reference band. [nJy] */
  readonly i_psfFlux: number | null;
  /** Standard error of i_psfFlux. [nJy] */
  readonly i_psfFluxErr: number | null;
  /** i_psfFlux could not be measured. */
  readonly i_psfFlux_flag: boolean | null;
  /** AB magnitude of i_psfFlux. [mag] */
  readonly i_psfMag: number | null;
  /** Standard error of i_psfMag. [mag] */
  readonly i_psfMagErr: number | null;
  /** Point-source flux on the i-band coadd, at the position measured there. [nJy] */
  readonly i_free_psfFlux: number | null;
  /** Standard error of i_free_psfFlux. [nJy] */
  readonly i_free_psfFluxErr: number | null;
  /** i_free_psfFlux could not be measured. */
  readonly i_free_psfFlux_flag: boolean | null;
  /** Flux of a composite galaxy model on the i-band coadd, with the shape of the reference band. [nJy] */
  readonly i_cModelFlux: number | null;
  /** Standard error of i_cModelFlux. [nJy] */
  readonly i_cModelFluxErr: number | null;
  /** The composite model could not be fitted on the i-band coadd. */
  readonly i_cModel_flag: boolean | null;
  /** AB magnitude of i_cModelFlux. [mag] */
  readonly i_cModelMag: number | null;
  /** Standard error of i_cModelMag. [mag] */
  readonly i_cModelMagErr: number | null;
  /** Kron radius on the i-band coadd. [pixel] */
  readonly i_kronRad: number | null;
  /** Flux in the Kron aperture on the i-band coadd. [nJy] */
  readonly i_kronFlux: number | null;
  /** Standard error of i_kronFlux. [nJy] */
  readonly i_kronFluxErr: number | null;
  /** i_kronFlux could not be measured. */
  readonly i_kronFlux_flag: boolean | null;
  /** Flux in the 12-pixel aperture on the i-band coadd, which calibration rests on. [nJy] */
  readonly i_calibFlux: number | null;
  /** Standard error of i_calibFlux. [nJy] */
  readonly i_calibFluxErr: number | null;
  /** Flux in an aperture of 3 pixels radius on the i-band coadd. [nJy] */
  readonly i_ap03Flux: number | null;
  /** Standard error of i_ap03Flux. [nJy] */
  readonly i_ap03FluxErr: number | null;
  /** i_ap03Flux could not be measured. */
  readonly i_ap03Flux_flag: boolean | null;
  /** Flux in an aperture of 6 pixels radius on the i-band coadd. [nJy] */
  readonly i_ap06Flux: number | null;
  /** Standard error of i_ap06Flux. [nJy] */
  readonly i_ap06FluxErr: number | null;
  /** i_ap06Flux could not be measured. */
  readonly i_ap06Flux_flag: boolean | null;
  /** Flux in an aperture of 9 pixels radius on the i-band coadd. [nJy] */
  readonly i_ap09Flux: number | null;
  /** Standard error of i_ap09Flux. [nJy] */
  readonly i_ap09FluxErr: number | null;
  /** i_ap09Flux could not be measured. */
  readonly i_ap09Flux_flag: boolean | null;
  /** Flux in an aperture of 12 pixels radius on the i-band coadd. [nJy] */
  readonly i_ap12Flux: number | null;
  /** Standard error of i_ap12Flux. [nJy] */
  readonly i_ap12FluxErr: number | null;
  /** i_ap12Flux could not be measured. */
  readonly i_ap12Flux_flag: boolean | null;
  /** Flux in an aperture of 17 pixels radius on the i-band coadd. [nJy] */
  readonly i_ap17Flux: number | null;
  /** Standard error of i_ap17Flux. [nJy] */
  readonly i_ap17FluxErr: number | null;
  /** i_ap17Flux could not be measured. */
  readonly i_ap17Flux_flag: boolean | null;
  /** Flux in an aperture of 25 pixels radius on the i-band coadd. [nJy] */
  readonly i_ap25Flux: number | null;
  /** Standard error of i_ap25Flux. [nJy] */
  readonly i_ap25FluxErr: number | null;
  /** i_ap25Flux could not be measured. */
  readonly i_ap25Flux_flag: boolean | null;
  /** Flux in an aperture of 35 pixels radius on the i-band coadd. [nJy] */
  readonly i_ap35Flux: number | null;
  /** Standard error of i_ap35Flux. [nJy] */
  readonly i_ap35FluxErr: number | null;
  /** i_ap35Flux could not be measured. */
  readonly i_ap35Flux_flag: boolean | null;
  /** Flux in an aperture of 50 pixels radius on the i-band coadd. [nJy] */
  readonly i_ap50Flux: number | null;
  /** Standard error of i_ap50Flux. [nJy] */
  readonly i_ap50FluxErr: number | null;
  /** i_ap50Flux could not be measured. */
  readonly i_ap50Flux_flag: boolean | null;
  /** Flux in an aperture of 70 pixels radius on the i-band coadd. [nJy] */
  readonly i_ap70Flux: number | null;
  /** Standard error of i_ap70Flux. [nJy] */
  readonly i_ap70FluxErr: number | null;
  /** i_ap70Flux could not be measured. */
  readonly i_ap70Flux_flag: boolean | null;
  /** Flux on the i-band coadd in a Gaussian aperture of 0.7 arcsec after the PSF is made Gaussian. [nJy] */
  readonly i_gaap0p7Flux: number | null;
  /** Standard error of i_gaap0p7Flux. [nJy] */
  readonly i_gaap0p7FluxErr: number | null;
  /** Flux on the i-band coadd in a Gaussian aperture of 1.0 arcsec after the PSF is made Gaussian. [nJy] */
  readonly i_gaap1p0Flux: number | null;
  /** Standard error of i_gaap1p0Flux. [nJy] */
  readonly i_gaap1p0FluxErr: number | null;
  /** Flux on the i-band coadd in a Gaussian aperture of 1.5 arcsec after the PSF is made Gaussian. [nJy] */
  readonly i_gaap1p5Flux: number | null;
  /** Standard error of i_gaap1p5Flux. [nJy] */
  readonly i_gaap1p5FluxErr: number | null;
  /** Flux on the i-band coadd in a Gaussian aperture of 2.5 arcsec after the PSF is made Gaussian. [nJy] */
  readonly i_gaap2p5Flux: number | null;
  /** Standard error of i_gaap2p5Flux. [nJy] */
  readonly i_gaap2p5FluxErr: number | null;
  /** Flux on the i-band coadd in a Gaussian aperture of 3.0 arcsec after the PSF is made Gaussian. [nJy] */
  readonly i_gaap3p0Flux: number | null;
  /** Standard error of i_gaap3p0Flux. [nJy] */
  readonly i_gaap3p0FluxErr: number | null;
  /** The Gaussian aperture fluxes could not be measured on the i-band coadd. */
  readonly i_gaapFlux_flag: boolean | null;
  /** Second moment of the light along x on the i-band coadd. [pixel**2] */
  readonly i_ixx: number | null;
  /** Second moment of the light along y on the i-band coadd. [pixel**2] */
  readonly i_iyy: number | null;
  /** Mixed second moment of the light on the i-band coadd. [pixel**2] */
  readonly i_ixy: number | null;
  /** The moments could not be measured on the i-band coadd. */
  readonly i_i_flag: boolean | null;
  /** Second moment of the PSF along x on the i-band coadd. [pixel**2] */
  readonly i_ixxPSF: number | null;
  /** Second moment of the PSF along y on the i-band coadd. [pixel**2] */
  readonly i_iyyPSF: number | null;
  /** Mixed second moment of the PSF on the i-band coadd. [pixel**2] */
  readonly i_ixyPSF: number | null;
  /** First ellipticity component on the i-band coadd, corrected for the PSF by re-Gaussianization. */
  readonly i_hsmShapeRegauss_e1: number | null;
  /** Second ellipticity component on the i-band coadd, corrected for the PSF by re-Gaussianization. */
  readonly i_hsmShapeRegauss_e2: number | null;
  /** Standard error of each ellipticity component on the i-band coadd. */
  readonly i_hsmShapeRegauss_sigma: number | null;
  /** The corrected shape could not be measured on the i-band coadd. */
  readonly i_hsmShapeRegauss_flag: boolean | null;
  /** Zero for a point source, one for an extended one, on the i-band coadd. */
  readonly i_extendedness: number | null;
  /** Extendedness from sizes on the i-band coadd, from 0 to 1. */
  readonly i_sizeExtendedness: number | null;
  /** Share of the light at the object's place on the i-band coadd that belongs to its neighbours. */
  readonly i_blendedness: number | null;
  /** Number of images in the i-band coadd at the centre of the object. */
  readonly i_inputCount: number | null;
  /** There is no PSF at the place of the object on the i-band coadd. */
  readonly i_invalidPsfFlag: boolean | null;
  /** The object was used to model the PSF in the i band. */
  readonly i_calib_psf_used: boolean | null;
  /** The object was used for photometric calibration in the i band. */
  readonly i_calib_photometry_used: boolean | null;
  /** The object was used for astrometric calibration in the i band. */
  readonly i_calib_astrometry_used: boolean | null;
  /** The footprint contains a pixel marked bad on the i-band coadd. */
  readonly i_pixelFlags_bad: boolean | null;
  /** The footprint contains a pixel clipped in coaddition on the i-band coadd. */
  readonly i_pixelFlags_clipped: boolean | null;
  /** The footprint contains a cosmic ray on the i-band coadd. */
  readonly i_pixelFlags_cr: boolean | null;
  /** There is a cosmic ray within three pixels of the centre on the i-band coadd. */
  readonly i_pixelFlags_crCenter: boolean | null;
  /** The footprint touches the edge of the image or a region without data on the i-band coadd. */
  readonly i_pixelFlags_edge: boolean | null;
  /** The footprint contains a pixel where the coadded PSF is inexact on the i-band coadd. */
  readonly i_pixelFlags_inexact_psf: boolean | null;
  /** There is a pixel where the coadded PSF is inexact within three pixels of the centre on the i-band coadd. */
  readonly i_pixelFlags_inexact_psfCenter: boolean | null;
  /** The footprint contains an interpolated pixel on the i-band coadd. */
  readonly i_pixelFlags_interpolated: boolean | null;
  /** There is an interpolated pixel within three pixels of the centre on the i-band coadd. */
  readonly i_pixelFlags_interpolatedCenter: boolean | null;
  /** The footprint contains a pixel without data on the i-band coadd. */
  readonly i_pixelFlags_nodata: boolean | null;
  /** The centre lies outside the image on the i-band coadd. */
  readonly i_pixelFlags_offimage: boolean | null;
  /** The footprint contains a saturated pixel on the i-band coadd. */
  readonly i_pixelFlags_saturated: boolean | null;
  /** There is a saturated pixel within three pixels of the centre on the i-band coadd. */
  readonly i_pixelFlags_saturatedCenter: boolean | null;
  /** The footprint contains the edge of a sensor of an input image on the i-band coadd. */
  readonly i_pixelFlags_sensor_edge: boolean | null;
  /** The footprint contains a pixel near saturation on the i-band coadd. */
  readonly i_pixelFlags_suspect: boolean | null;
  /** There is a pixel near saturation within three pixels of the centre on the i-band coadd. */
  readonly i_pixelFlags_suspectCenter: boolean | null;
  /** Right ascension on the z-band coadd (ICRS). [deg] */
  readonly z_ra: number | null;
  /** Declination on the z-band coadd (ICRS). [deg] */
  readonly z_dec: number | null;
  /** Standard error of z_ra, as an angle on the sky. [deg] */
  readonly z_raErr: number | null;
  /** Standard error of z_dec. [deg] */
  readonly z_decErr: number | null;
  /** Point-source flux on the z-band coadd, at the position in the reference band. [nJy] */
  readonly z_psfFlux: number | null;
  /** Standard error of z_psfFlux. [nJy] */
  readonly z_psfFluxErr: number | null;
  /** z_psfFlux could not be measured. */
  readonly z_psfFlux_flag: boolean | null;
  /** AB magnitude of z_psfFlux. [mag] */
  readonly z_psfMag: number | null;
  /** Standard error of z_psfMag. [mag] */
  readonly z_psfMagErr: number | null;
  /** Point-source flux on the z-band coadd, at the position measured there. [nJy] */
  readonly z_free_psfFlux: number | null;
  /** Standard error of z_free_psfFlux. [nJy] */
  readonly z_free_psfFluxErr: number | null;
  /** z_free_psfFlux could not be measured. */
  readonly z_free_psfFlux_flag: boolean | null;
  /** Flux of a composite galaxy model on the z-band coadd, with the shape of the reference band. [nJy] */
  readonly z_cModelFlux: number | null;
  /** Standard error of z_cModelFlux. [nJy] */
  readonly z_cModelFluxErr: number | null;
  /** The composite model could not be fitted on the z-band coadd. */
  readonly z_cModel_flag: boolean | null;
  /** AB magnitude of z_cModelFlux. [mag] */
  readonly z_cModelMag: number | null;
  /** Standard error of z_cModelMag. [mag] */
  readonly z_cModelMagErr: number | null;
  /** Kron radius on the z-band coadd. [pixel] */
  readonly z_kronRad: number | null;
  /** Flux in the Kron aperture on the z-band coadd. [nJy] */
  readonly z_kronFlux: number | null;
  /** Standard error of z_kronFlux. [nJy] */
  readonly z_kronFluxErr: number | null;
  /** z_kronFlux could not be measured. */
  readonly z_kronFlux_flag: boolean | null;
  /** Flux in the 12-pixel aperture on the z-band coadd, which calibration rests on. [nJy] */
  readonly z_calibFlux: number | null;
  /** Standard error of z_calibFlux. [nJy] */
  readonly z_calibFluxErr: number | null;
  /** Flux in an aperture of 3 pixels radius on the z-band coadd. [nJy] */
  readonly z_ap03Flux: number | null;
  /** Standard error of z_ap03Flux. [nJy] */
  readonly z_ap03FluxErr: number | null;
  /** z_ap03Flux could not be measured. */
  readonly z_ap03Flux_flag: boolean | null;
  /** Flux in an aperture of 6 pixels radius on the z-band coadd. [nJy] */
  readonly z_ap06Flux: number | null;
  /** Standard error of z_ap06Flux. [nJy] */
  readonly z_ap06FluxErr: number | null;
  /** z_ap06Flux could not be measured. */
  readonly z_ap06Flux_flag: boolean | null;
  /** Flux in an aperture of 9 pixels radius on the z-band coadd. [nJy] */
  readonly z_ap09Flux: number | null;
  /** Standard error of z_ap09Flux. [nJy] */
  readonly z_ap09FluxErr: number | null;
  /** z_ap09Flux could not be measured. */
  readonly z_ap09Flux_flag: boolean | null;
  /** Flux in an aperture of 12 pixels radius on the z-band coadd. [nJy] */
  readonly z_ap12Flux: number | null;
  /** Standard error of z_ap12Flux. [nJy] */
  readonly z_ap12FluxErr: number | null;
  /** z_ap12Flux could not be measured. */
  readonly z_ap12Flux_flag: boolean | null;
  /** Flux in an aperture of 17 pixels radius on the z-band coadd. [nJy] */
  readonly z_ap17Flux: number | null;
  /** Standard error of z_ap17Flux. [nJy] */
  readonly z_ap17FluxErr: number | null;
  /** z_ap17Flux could not be measured. */
  readonly z_ap17Flux_flag: boolean | null;
  /** Flux in an aperture of 25 pixels radius on the z-band coadd. [nJy] */
  readonly z_ap25Flux: number | null;
  /** Standard error of z_ap25Flux. [nJy] */
  readonly z_ap25FluxErr: number | null;
  /** z_ap25Flux could not be measured. */
  readonly z_ap25Flux_flag: boolean | null;
  /** Flux in an aperture of 35 pixels radius on the z-band coadd. [nJy] */
  readonly z_ap35Flux: number | null;
  /** Standard error of z_ap35Flux. [nJy] */
  readonly z_ap35FluxErr: number | null;
  /** z_ap35Flux could not be measured. */
  readonly z_ap35Flux_flag: boolean | null;
  /** Flux in an aperture of 50 pixels radius on the z-band coadd. [nJy] */
  readonly z_ap50Flux: number | null;
  /** Standard error of z_ap50Flux. [nJy] */
  readonly z_ap50FluxErr: number | null;
  /** z_ap50Flux could not be measured. */
  readonly z_ap50Flux_flag: boolean | null;
  /** Flux in an aperture of 70 pixels radius on the z-band coadd. [nJy] */
  readonly z_ap70Flux: number | null;
  /** Standard error of z_ap70Flux. [nJy] */
  readonly z_ap70FluxErr: number | null;
  /** z_ap70Flux could not be measured. */
  readonly z_ap70Flux_flag: boolean | null;
  /** Flux on the z-band coadd in a Gaussian aperture of 0.7 arcsec after the PSF is made Gaussian. [nJy] */
  readonly z_gaap0p7Flux: number | null;
  /** Standard error of z_gaap0p7Flux. [nJy] */
  readonly z_gaap0p7FluxErr: number | null;
  /** Flux on the z-band coadd in a Gaussian aperture of 1.0 arcsec after the PSF is made Gaussian. [nJy] */
  readonly z_gaap1p0Flux: number | null;
  /** Standard error of z_gaap1p0Flux. [nJy] */
  readonly z_gaap1p0FluxErr: number | null;
  /** Flux on the z-band coadd in a Gaussian aperture of 1.5 arcsec after the PSF is made Gaussian. [nJy] */
  readonly z_gaap1p5Flux: number | null;
  /** Standard error of z_gaap1p5Flux. [nJy] */
  readonly z_gaap1p5FluxErr: number | null;
  /** Flux on the z-band coadd in a Gaussian aperture of 2.5 arcsec after the PSF is made Gaussian. [nJy] */
  readonly z_gaap2p5Flux: number | null;
  /** Standard error of z_gaap2p5Flux. [nJy] */
  readonly z_gaap2p5FluxErr: number | null;
  /** Flux on the z-band coadd in a Gaussian aperture of 3.0 arcsec after the PSF is made Gaussian. [nJy] */
  readonly z_gaap3p0Flux: number | null;
  /** Standard error of z_gaap3p0Flux. [nJy] */
  readonly z_gaap3p0FluxErr: number | null;
  /** The Gaussian aperture fluxes could not be measured on the z-band coadd. */
  readonly z_gaapFlux_flag: boolean | null;
  /** Second moment of the light along x on the z-band coadd. [pixel**2] */
  readonly z_ixx: number | null;
  /** Second moment of the light along y on the z-band coadd. [pixel**2] */
  readonly z_iyy: number | null;
  /** Mixed second moment of the light on the z-band coadd. [pixel**2] */
  readonly z_ixy: number | null;
  /** The moments could not be measured on the z-band coadd. */
  readonly z_i_flag: boolean | null;
  /** Second moment of the PSF along x on the z-band coadd. [pixel**2] */
  readonly z_ixxPSF: number | null;
  /** Second moment of the PSF along y on the z-band coadd. [pixel**2] */
  readonly z_iyyPSF: number | null;
  /** Mixed second moment of the PSF on the z-band coadd. [pixel**2] */
  readonly z_ixyPSF: number | null;
  /** First ellipticity component on the z-band coadd, corrected for the PSF by re-Gaussianization. */
  readonly z_hsmShapeRegauss_e1: number | null;
  /** Second ellipticity component on the z-band coadd, corrected for the PSF by re-Gaussianization. */
  readonly z_hsmShapeRegauss_e2: number | null;
  /** Standard error of each ellipticity component on the z-band coadd. */
  readonly z_hsmShapeRegauss_sigma: number | null;
  /** The corrected shape could not be measured on the z-band coadd. */
  readonly z_hsmShapeRegauss_flag: boolean | null;
  /** Zero for a point source, one for an extended one, on the z-band coadd. */
  readonly z_extendedness: number | null;
  /** Extendedness from sizes on the z-band coadd, from 0 to 1. */
  readonly z_sizeExtendedness: number | null;
  /** Share of the light at the object's place on the z-band coadd that belongs to its neighbours. */
  readonly z_blendedness: number | null;
  /** Number of images in the z-band coadd at the centre of the object. */
  readonly z_inputCount: number | null;
  /** There is no PSF at the place of the object on the z-band coadd. */
  readonly z_invalidPsfFlag: boolean | null;
  /** The object was used to model the PSF in the z band. */
  readonly z_calib_psf_used: boolean | null;
  /** The object was used for photometric calibration in the z band. */
  readonly z_calib_photometry_used: boolean | null;
  /** The object was used for astrometric calibration in the z band. */
  readonly z_calib_astrometry_used: boolean | null;
  /** The footprint contains a pixel marked bad on the z-band coadd. */
  readonly z_pixelFlags_bad: boolean | null;
  /** The footprint contains a pixel clipped in coaddition on the z-band coadd. */
  readonly z_pixelFlags_clipped: boolean | null;
  /** The footprint contains a cosmic ray on the z-band coadd. */
  readonly z_pixelFlags_cr: boolean | null;
  /** There is a cosmic ray within three pixels of the centre on the z-band coadd. */
  readonly z_pixelFlags_crCenter: boolean | null;
  /** The footprint touches the edge of the image or a region without data on the z-band coadd. */
  readonly z_pixelFlags_edge: boolean | null;
  /** The footprint contains a pixel where the coadded PSF is inexact on the z-band coadd. */
  readonly z_pixelFlags_inexact_psf: boolean | null;
  /** There is a pixel where the coadded PSF is inexact within three pixels of the centre on the z-band coadd. */
  readonly z_pixelFlags_inexact_psfCenter: boolean | null;
  /** The footprint contains an interpolated pixel on the z-band coadd. */
  readonly z_pixelFlags_interpolated: boolean | null;
  /** There is an interpolated pixel within three pixels of the centre on the z-band coadd. */
  readonly z_pixelFlags_interpolatedCenter: boolean | null;
  /** The footprint contains a pixel without data on the z-band coadd. */
  readonly z_pixelFlags_nodata: boolean | null;
  /** The centre lies outside the image on the z-band coadd. */
  readonly z_pixelFlags_offimage: boolean | null;
  /** The footprint contains a saturated pixel on the z-band coadd. */
  readonly z_pixelFlags_saturated: boolean | null;
  /** There is a saturated pixel within three pixels of the centre on the z-band coadd. */
  readonly z_pixelFlags_saturatedCenter: boolean | null;
  /** The footprint contains the edge of a sensor of an input image on the z-band coadd. */
  readonly z_pixelFlags_sensor_edge: boolean | null;
  /** The footprint contains a pixel near saturation on the z-band coadd. */
  readonly z_pixelFlags_suspect: boolean | null;
  /** There is a pixel near saturation within three pixels of the centre on the z-band coadd. */
  readonly z_pixelFlags_suspectCenter: boolean | null;
  /** Right ascension on the y-band coadd (ICRS). [deg] */
  readonly y_ra: number | null;
  /** Declination on the y-band coadd (ICRS). [deg] */
  readonly y_dec: number | null;
  /** Standard error of y_ra, as an angle on the sky. [deg] */
  readonly y_raErr: number | null;
  /** Standard error of y_dec. [deg] */
  readonly y_decErr: number | null;
  /** Point-source flux on the y-band coadd, at the position in the reference band. [nJy] */
  readonly y_psfFlux: number | null;
  /** Standard error of y_psfFlux. [nJy] */
  readonly y_psfFluxErr: number | null;
  /** y_psfFlux could not be measured. */
  readonly y_psfFlux_flag: boolean | null;
  /** AB magnitude of y_psfFlux. [mag] */
  readonly y_psfMag: number | null;
  /** Standard error of y_psfMag. [mag] */
  readonly y_psfMagErr: number | null;
  /** Point-source flux on the y-band coadd, at the position measured there. [nJy] */
  readonly y_free_psfFlux: number | null;
  /** Standard error of y_free_psfFlux. [nJy] */
  readonly y_free_psfFluxErr: number | null;
  /** y_free_psfFlux could not be measured. */
  readonly y_free_psfFlux_flag: boolean | null;
  /** Flux of a composite galaxy model on the y-band coadd, with the shape of the reference band. [nJy] */
  readonly y_cModelFlux: number | null;
  /** Standard error of y_cModelFlux. [nJy] */
  readonly y_cModelFluxErr: number | null;
  /** The composite model could not be fitted on the y-band coadd. */
  readonly y_cModel_flag: boolean | null;
  /** AB magnitude of y_cModelFlux. [mag] */
  readonly y_cModelMag: number | null;
  /** Standard error of y_cModelMag. [mag] */
  readonly y_cModelMagErr: number | null;
  /** Kron radius on the y-band coadd. [pixel] */
  readonly y_kronRad: number | null;
  /** Flux in the Kron aperture on the y-band coadd. [nJy] */
  readonly y_kronFlux: number | null;
  /** Standard error of y_kronFlux. [nJy] */
  readonly y_kronFluxErr: number | null;
  /** y_kronFlux could not be measured. */
  readonly y_kronFlux_flag: boolean | null;
  /** Flux in the 12-pixel aperture on the y-band coadd, which calibration rests on. [nJy] */
  readonly y_calibFlux: number | null;
  /** Standard error of y_calibFlux. [nJy] */
  readonly y_calibFluxErr: number | null;
  /** Flux in an aperture of 3 pixels radius on the y-band coadd. [nJy] */
  readonly y_ap03Flux: number | null;
  /** Standard error of y_ap03Flux. [nJy] */
  readonly y_ap03FluxErr: number | null;
  /** y_ap03Flux could not be measured. */
  readonly y_ap03Flux_flag: boolean | null;
  /** Flux in an aperture of 6 pixels radius on the y-band coadd. [nJy] */
  readonly y_ap06Flux: number | null;
  /** Standard error of y_ap06Flux. [nJy] */
  readonly y_ap06FluxErr: number | null;
  /** y_ap06Flux could not be measured. */
  readonly y_ap06Flux_flag: boolean | null;
  /** Flux in an aperture of 9 pixels radius on the y-band coadd. [nJy] */
  readonly y_ap09Flux: number | null;
  /** Standard error of y_ap09Flux. [nJy] */
  readonly y_ap09FluxErr: number | null;
  /** y_ap09Flux could not be measured. */
  readonly y_ap09Flux_flag: boolean | null;
  /** Flux in an aperture of 12 pixels radius on the y-band coadd. [nJy] */
  readonly y_ap12Flux: number | null;
  /** Standard error of y_ap12Flux. [nJy] */
  readonly y_ap12FluxErr: number | null;
  /** y_ap12Flux could not be measured. */
  readonly y_ap12Flux_flag: boolean | null;
  /** Flux in an aperture of 17 pixels radius on the y-band coadd. [nJy] */
  readonly y_ap17Flux: number | null;
  /** Standard error of y_ap17Flux. [nJy] */
  readonly y_ap17FluxErr: number | null;
  /** y_ap17Flux could not be measured. */
  readonly y_ap17Flux_flag: boolean | null;
  /** Flux in an aperture of 25 pixels radius on the y-band coadd. [nJy] */
  readonly y_ap25Flux: number | null;
  /** Standard error of y_ap25Flux. [nJy] */
  readonly y_ap25FluxErr: number | null;
  /** y_ap25Flux could not be measured. */
  readonly y_ap25Flux_flag: boolean | null;
  /** Flux in an aperture of 35 pixels radius on the y-band coadd. [nJy] */
  readonly y_ap35Flux: number | null;
  /** Standard error of y_ap35Flux. [nJy] */
  readonly y_ap35FluxErr: number | null;
  /** y_ap35Flux could not be measured. */
  readonly y_ap35Flux_flag: boolean | null;
  /** Flux in an aperture of 50 pixels radius on the y-band coadd. [nJy] */
  readonly y_ap50Flux: number | null;
  /** Standard error of y_ap50Flux. [nJy] */
  readonly y_ap50FluxErr: number | null;
  /** y_ap50Flux could not be measured. */
  readonly y_ap50Flux_flag: boolean | null;
  /** Flux in an aperture of 70 pixels radius on the y-band coadd. [nJy] */
  readonly y_ap70Flux: number | null;
  /** Standard error of y_ap70Flux. [nJy] */
  readonly y_ap70FluxErr: number | null;
  /** y_ap70Flux could not be measured. */
  readonly y_ap70Flux_flag: boolean | null;
  /** Flux on the y-band coadd in a Gaussian aperture of 0.7 arcsec after the PSF is made Gaussian. [nJy] */
  readonly y_gaap0p7Flux: number | null;
  /** Standard error of y_gaap0p7Flux. [nJy] */
  readonly y_gaap0p7FluxErr: number | null;
  /** Flux on the y-band coadd in a Gaussian aperture of 1.0 arcsec after the PSF is made Gaussian. [nJy] */
  readonly y_gaap1p0Flux: number | null;
  /** Standard error of y_gaap1p0Flux. [nJy] */
  readonly y_gaap1p0FluxErr: number | null;
  /** Flux on the y-band coadd in a Gaussian aperture of 1.5 arcsec after the PSF is made Gaussian. [nJy] */
  readonly y_gaap1p5Flux: number | null;
  /** Standard error of y_gaap1p5Flux. [nJy] */
  readonly y_gaap1p5FluxErr: number | null;
  /** Flux on the y-band coadd in a Gaussian aperture of 2.5 arcsec after the PSF is made Gaussian. [nJy] */
  readonly y_gaap2p5Flux: number | null;
  /** Standard error of y_gaap2p5Flux. [nJy] */
  readonly y_gaap2p5FluxErr: number | null;
  /** Flux on the y-band coadd in a Gaussian aperture of 3.0 arcsec after the PSF is made Gaussian. [nJy] */
  readonly y_gaap3p0Flux: number | null;
  /** Standard error of y_gaap3p0Flux. [nJy] */
  readonly y_gaap3p0FluxErr: number | null;
  /** The Gaussian aperture fluxes could not be measured on the y-band coadd. */
  readonly y_gaapFlux_flag: boolean | null;
  /** Second moment of the light along x on the y-band coadd. [pixel**2] */
  readonly y_ixx: number | null;
  /** Second moment of the light along y on the y-band coadd. [pixel**2] */
  readonly y_iyy: number | null;
  /** Mixed second moment of the light on the y-band coadd. [pixel**2] */
  readonly y_ixy: number | null;
  /** The moments could not be measured on the y-band coadd. */
  readonly y_i_flag: boolean | null;
  /** Second moment of the PSF along x on the y-band coadd. [pixel**2] */
  readonly y_ixxPSF: number | null;
  /** Second moment of the PSF along y on the y-band coadd. [pixel**2] */
  readonly y_iyyPSF: number | null;
  /** Mixed second moment of the PSF on the y-band coadd. [pixel**2] */
  readonly y_ixyPSF: number | null;
  /** First ellipticity component on the y-band coadd, corrected for the PSF by re-Gaussianization. */
  readonly y_hsmShapeRegauss_e1: number | null;
  /** Second ellipticity component on the y-band coadd, corrected for the PSF by re-Gaussianization. */
  readonly y_hsmShapeRegauss_e2: number | null;
  /** Standard error of each ellipticity component on the y-band coadd. */
  readonly y_hsmShapeRegauss_sigma: number | null;
  /** The corrected shape could not be measured on the y-band coadd. */
  readonly y_hsmShapeRegauss_flag: boolean | null;
  /** Zero for a point source, one for an extended one, on the y-band coadd. */
  readonly y_extendedness: number | null;
  /** Extendedness from sizes on the y-band coadd, from 0 to 1. */
  readonly y_sizeExtendedness: number | null;
  /** Share of the light at the object's place on the y-band coadd that belongs to its neighbours. */
  readonly y_blendedness: number | null;
  /** Number of images in the y-band coadd at the centre of the object. */
  readonly y_inputCount: number | null;
  /** There is no PSF at the place of the object on the y-band coadd. */
  readonly y_invalidPsfFlag: boolean | null;
  /** The object was used to model the PSF in the y band. */
  readonly y_calib_psf_used: boolean | null;
  /** The object was used for photometric calibration in the y band. */
  readonly y_calib_photometry_used: boolean | null;
  /** The object was used for astrometric calibration in the y band. */
  readonly y_calib_astrometry_used: boolean | null;
  /** The footprint contains a pixel marked bad on the y-band coadd. */
  readonly y_pixelFlags_bad: boolean | null;
  /** The footprint contains a pixel clipped in coaddition on the y-band coadd. */
  readonly y_pixelFlags_clipped: boolean | null;
  /** The footprint contains a cosmic ray on the y-band coadd. */
  readonly y_pixelFlags_cr: boolean | null;
  /** There is a cosmic ray within three pixels of the centre on the y-band coadd. */
  readonly y_pixelFlags_crCenter: boolean | null;
  /** The footprint touches the edge of the image or a region without data on the y-band coadd. */
  readonly y_pixelFlags_edge: boolean | null;
  /** The footprint contains a pixel where the coadded PSF is inexact on the y-band coadd. */
  readonly y_pixelFlags_inexact_psf: boolean | null;
  /** There is a pixel where the coadded PSF is inexact within three pixels of the centre on the y-band coadd. */
  readonly y_pixelFlags_inexact_psfCenter: boolean | null;
  /** The footprint contains an interpolated pixel on the y-band coadd. */
  readonly y_pixelFlags_interpolated: boolean | null;
  /** There is an interpolated pixel within three pixels of the centre on the y-band coadd. */
  readonly y_pixelFlags_interpolatedCenter: boolean | null;
  /** The footprint contains a pixel without data on the y-band coadd. */
  readonly y_pixelFlags_nodata: boolean | null;
  /** The centre lies outside the image on the y-band coadd. */
  readonly y_pixelFlags_offimage: boolean | null;
  /** The footprint contains a saturated pixel on the y-band coadd. */
  readonly y_pixelFlags_saturated: boolean | null;
  /** There is a saturated pixel within three pixels of the centre on the y-band coadd. */
  readonly y_pixelFlags_saturatedCenter: boolean | null;
  /** The footprint contains the edge of a sensor of an input image on the y-band coadd. */
  readonly y_pixelFlags_sensor_edge: boolean | null;
  /** The footprint contains a pixel near saturation on the y-band coadd. */
  readonly y_pixelFlags_suspect: boolean | null;
  /** There is a pixel near saturation within three pixels of the centre on the y-band coadd. */
  readonly y_pixelFlags_suspectCenter: boolean | null;
}

/** Detections on single calibrated images. */
export interface SourceRow {
  /** Identifier of the detection, unique within the release. */
  readonly sourceId: bigint;
  /** Detection that this one was deblended from; null or 0 where it was not. */
  readonly parentSourceId: bigint | null;
  /** Visit of the image. */
  readonly visit: bigint;
  /** Detector of the image. */
  readonly detector: number;
  /** Band of the filter. */
  readonly band: string | null;
  /** Filter in the beam. */
  readonly physical_filter: string | null;
  /** Right ascension of the detection (ICRS). [deg] */
  readonly coord_ra: number | null;
  /** Declination of the detection (ICRS). [deg] */
  readonly coord_dec: number | null;
  /** Right ascension of the centroid (ICRS). [deg] */
  readonly ra: number | null;
  /** Declination of the centroid (ICRS). [deg] */
  readonly dec: number | null;
  /** Standard error of ra, as an angle on the sky. [deg] */
  readonly raErr: number | null;
  /** Standard error of dec. [deg] */
  readonly decErr: number | null;
  /** Covariance of ra (as an angle on the sky) and dec. [deg**2] */
  readonly ra_dec_Cov: number | null;
  /** Column of the centroid; the centre of the first pixel is 0. [pixel] */
  readonly x: number | null;
  /** Row of the centroid; the centre of the first pixel is 0. [pixel] */
  readonly y: number | null;
  /** Standard error of x. [pixel] */
  readonly xErr: number | null;
  /** Standard error of y. [pixel] */
  readonly yErr: number | null;
  /** The centroid could not be measured. */
  readonly centroid_flag: boolean | null;
  /** The position has no standard error. */
  readonly centroid_flag_badError: boolean | null;
  /** The detection is too near the edge for a centroid. */
  readonly centroid_flag_edge: boolean | null;
  /** The peak has no curvature to find its centre by. */
  readonly centroid_flag_noSecondDerivative: boolean | null;
  /** The centroid ran away and was put back to the peak. */
  readonly centroid_flag_resetToPeak: boolean | null;
  /** Point-source flux. [nJy] */
  readonly psfFlux: number | null;
  /** Standard error of psfFlux. [nJy] */
  readonly psfFluxErr: number | null;
  /** Aperture correction applied to psfFlux. */
  readonly psfFlux_apCorr: number | null;
  /** Standard error of psfFlux_apCorr. */
  readonly psfFlux_apCorrErr: number | null;
  /** Effective area of the PSF. [pixel] */
  readonly psfFlux_area: number | null;
  /** psfFlux could not be measured. */
  readonly psfFlux_flag: boolean | null;
  /** The aperture correction of psfFlux could not be applied. */
  readonly psfFlux_flag_apCorr: boolean | null;
  /** The detection is too near the edge for the whole PSF. */
  readonly psfFlux_flag_edge: boolean | null;
  /** No usable pixel was left for the PSF. */
  readonly psfFlux_flag_noGoodPixels: boolean | null;
  /** Flux in the aperture that calibration rests on. [nJy] */
  readonly calibFlux: number | null;
  /** Standard error of calibFlux. [nJy] */
  readonly calibFluxErr: number | null;
  /** Flux of a Gaussian with the measured moments. [nJy] */
  readonly gaussianFlux: number | null;
  /** Standard error of gaussianFlux. [nJy] */
  readonly gaussianFluxErr: number | null;
  /** gaussianFlux could not be measured. */
  readonly gaussianFlux_flag: boolean | null;
  /** Flux in an aperture of 3 pixels radius. [nJy] */
  readonly ap03Flux: number | null;
  /** Standard error of ap03Flux. [nJy] */
  readonly ap03FluxErr: number | null;
  /** ap03Flux could not be measured. */
  readonly ap03Flux_flag: boolean | null;
  /** Flux in an aperture of 6 pixels radius. [nJy] */
  readonly ap06Flux: number | null;
  /** Standard error of ap06Flux. [nJy] */
  readonly ap06FluxErr: number | null;
  /** ap06Flux could not be measured. */
  readonly ap06Flux_flag: boolean | null;
  /** Flux in an aperture of 9 pixels radius. [nJy] */
  readonly ap09Flux: number | null;
  /** Standard error of ap09Flux. [nJy] */
  readonly ap09FluxErr: number | null;
  /** ap09Flux could not be measured. */
  readonly ap09Flux_flag: boolean | null;
  /** Flux in an aperture of 12 pixels radius. [nJy] */
  readonly ap12Flux: number | null;
  /** Standard error of ap12Flux. [nJy] */
  readonly ap12FluxErr: number | null;
  /** ap12Flux could not be measured. */
  readonly ap12Flux_flag: boolean | null;
  /** Flux in an aperture of 17 pixels radius. [nJy] */
  readonly ap17Flux: number | null;
  /** Standard error of ap17Flux. [nJy] */
  readonly ap17FluxErr: number | null;
  /** ap17Flux could not be measured. */
  readonly ap17Flux_flag: boolean | null;
  /** Flux in an aperture of 25 pixels radius. [nJy] */
  readonly ap25Flux: number | null;
  /** Standard error of ap25Flux. [nJy] */
  readonly ap25FluxErr: number | null;
  /** ap25Flux could not be measured. */
  readonly ap25Flux_flag: boolean | null;
  /** Flux in an aperture of 35 pixels radius. [nJy] */
  readonly ap35Flux: number | null;
  /** Standard error of ap35Flux. [nJy] */
  readonly ap35FluxErr: number | null;
  /** ap35Flux could not be measured. */
  readonly ap35Flux_flag: boolean | null;
  /** Flux in an aperture of 50 pixels radius. [nJy] */
  readonly ap50Flux: number | null;
  /** Standard error of ap50Flux. [nJy] */
  readonly ap50FluxErr: number | null;
  /** ap50Flux could not be measured. */
  readonly ap50Flux_flag: boolean | null;
  /** Flux in an aperture of 70 pixels radius. [nJy] */
  readonly ap70Flux: number | null;
  /** Standard error of ap70Flux. [nJy] */
  readonly ap70FluxErr: number | null;
  /** ap70Flux could not be measured. */
  readonly ap70Flux_flag: boolean | null;
  /** Level of the background around the detection. [nJy] */
  readonly sky: number | null;
  /** Standard error of sky. [nJy] */
  readonly skyErr: number | null;
  /** Background per pixel in an annulus around the detection. [count] */
  readonly localBackground_instFlux: number | null;
  /** Standard error of localBackground_instFlux. [count] */
  readonly localBackground_instFluxErr: number | null;
  /** The local background could not be measured. */
  readonly localBackground_flag: boolean | null;
  /** Counts inside 12 pixels. [count] */
  readonly apFlux_12_0_instFlux: number | null;
  /** Standard error of apFlux_12_0_instFlux. [count] */
  readonly apFlux_12_0_instFluxErr: number | null;
  /** apFlux_12_0_instFlux could not be measured. */
  readonly apFlux_12_0_flag: boolean | null;
  /** The circle of 12 pixels reaches over the edge of the image. */
  readonly apFlux_12_0_flag_apertureTruncated: boolean | null;
  /** Counts inside 17 pixels. [count] */
  readonly apFlux_17_0_instFlux: number | null;
  /** Standard error of apFlux_17_0_instFlux. [count] */
  readonly apFlux_17_0_instFluxErr: number | null;
  /** apFlux_17_0_instFlux could not be measured. */
  readonly apFlux_17_0_flag: boolean | null;
  /** Counts inside 35 pixels. [count] */
  readonly apFlux_35_0_instFlux: number | null;
  /** Standard error of apFlux_35_0_instFlux. [count] */
  readonly apFlux_35_0_instFluxErr: number | null;
  /** apFlux_35_0_instFlux could not be measured. */
  readonly apFlux_35_0_flag: boolean | null;
  /** Counts inside 50 pixels. [count] */
  readonly apFlux_50_0_instFlux: number | null;
  /** Standard error of apFlux_50_0_instFlux. [count] */
  readonly apFlux_50_0_instFluxErr: number | null;
  /** apFlux_50_0_instFlux could not be measured. */
  readonly apFlux_50_0_flag: boolean | null;
  /** Second moment of the light along x, weighted adaptively. [pixel**2] */
  readonly ixx: number | null;
  /** Second moment of the light along y, weighted adaptively. [pixel**2] */
  readonly iyy: number | null;
  /** Mixed second moment of the light, weighted adaptively. [pixel**2] */
  readonly ixy: number | null;
  /** Second moment of the PSF along x at the position. [pixel**2] */
  readonly ixxPSF: number | null;
  /** Second moment of the PSF along y at the position. [pixel**2] */
  readonly iyyPSF: number | null;
  /** Mixed second moment of the PSF at the position. [pixel**2] */
  readonly ixyPSF: number | null;
  /** Zero for a point source, one for an extended one. */
  readonly extendedness: number | null;
  /** The extendedness could not be found. */
  readonly extendedness_flag: boolean | null;
  /** Extendedness from sizes, from 0 to 1. */
  readonly sizeExtendedness: number | null;
  /** sizeExtendedness could not be found. */
  readonly sizeExtendedness_flag: boolean | null;
  /** Share of the light at the place of the detection that belongs to its neighbours. */
  readonly blendedness_abs: number | null;
  /** The blendedness could not be measured. */
  readonly blendedness_flag: boolean | null;
  /** Number of pixels of the footprint. [pixel] */
  readonly footprintArea_value: number | null;
  /** Median variance of the pixels around the detection. */
  readonly variance_value: number | null;
  /** Area of the pixel relative to the mean. */
  readonly jacobian_value: number | null;
  /** There is no PSF at the position. */
  readonly invalidPsfFlag: boolean | null;
  /** The detection was a candidate for the PSF model. */
  readonly calib_psf_candidate: boolean | null;
  /** The detection was used for the PSF model. */
  readonly calib_psf_used: boolean | null;
  /** The detection was kept back to test the PSF model. */
  readonly calib_psf_reserved: boolean | null;
  /** The detection was used for photometric calibration. */
  readonly calib_photometry_used: boolean | null;
  /** The detection was kept back to test photometric calibration. */
  readonly calib_photometry_reserved: boolean | null;
  /** The detection was used for astrometric calibration. */
  readonly calib_astrometry_used: boolean | null;
  /** Number of detections deblended from this one. */
  readonly deblend_nChild: number | null;
  /** The deblender took the detection for a point source. */
  readonly deblend_deblendedAsPsf: boolean | null;
  /** Deblending was left out. */
  readonly deblend_skipped: boolean | null;
  /** The blend had too many peaks. */
  readonly deblend_tooManyPeaks: boolean | null;
  /** The detection is a piece of empty sky, for statistics of the background. */
  readonly sky_source: boolean | null;
  /** The footprint contains a pixel marked bad. */
  readonly pixelFlags_bad: boolean | null;
  /** The footprint contains a cosmic ray. */
  readonly pixelFlags_cr: boolean | null;
  /** There is a cosmic ray within three pixels of the centre. */
  readonly pixelFlags_crCenter: boolean | null;
  /** The footprint touches the edge of the image or a region without data. */
  readonly pixelFlags_edge: boolean | null;
  /** The footprint contains an interpolated pixel. */
  readonly pixelFlags_interpolated: boolean | null;
  /** There is an interpolated pixel within three pixels of the centre. */
  readonly pixelFlags_interpolatedCenter: boolean | null;
  /** The footprint contains a pixel without data. */
  readonly pixelFlags_nodata: boolean | null;
  /** The centre lies outside the image. */
  readonly pixelFlags_offimage: boolean | null;
  /** The footprint contains a saturated pixel. */
  readonly pixelFlags_saturated: boolean | null;
  /** There is a saturated pixel within three pixels of the centre. */
  readonly pixelFlags_saturatedCenter: boolean | null;
  /** The footprint contains a pixel near saturation. */
  readonly pixelFlags_suspect: boolean | null;
  /** There is a pixel near saturation within three pixels of the centre. */
  readonly pixelFlags_suspectCenter: boolean | null;
}

/** Fluxes on single images measured at the positions of objects. */
export interface ForcedSourceRow {
  /** Object at whose position the measurement was made. */
  readonly objectId: bigint;
  /** Object that it was deblended from, if any. */
  readonly parentObjectId: bigint | null;
  /** Right ascension of the object (ICRS). [deg] */
  readonly coord_ra: number | null;
  /** Declination of the object (ICRS). [deg] */
  readonly coord_dec: number | null;
  /** Visit of the image. */
  readonly visit: bigint;
  /** Detector of the image. */
  readonly detector: bigint;
  /** Band of the filter. */
  readonly band: string | null;
  /** Point-source flux on the direct image. [nJy] */
  readonly psfFlux: number | null;
  /** Standard error of psfFlux. [nJy] */
  readonly psfFluxErr: number | null;
  /** psfFlux could not be measured. */
  readonly psfFlux_flag: boolean | null;
  /** Point-source flux on the difference image. [nJy] */
  readonly psfDiffFlux: number | null;
  /** Standard error of psfDiffFlux. [nJy] */
  readonly psfDiffFluxErr: number | null;
  /** psfDiffFlux could not be measured. */
  readonly psfDiffFlux_flag: boolean | null;
  /** The centre lies in a region without data on the difference image. */
  readonly diff_PixelFlags_nodataCenter: boolean | null;
  /** There is no PSF at the position. */
  readonly invalidPsfFlag: boolean | null;
  /** Tract of the sky map that the object belongs to. */
  readonly tract: bigint | null;
  /** Patch of the tract that the object belongs to. */
  readonly patch: bigint | null;
  /** The footprint contains a pixel marked bad. */
  readonly pixelFlags_bad: boolean | null;
  /** The footprint contains a cosmic ray. */
  readonly pixelFlags_cr: boolean | null;
  /** There is a cosmic ray within three pixels of the centre. */
  readonly pixelFlags_crCenter: boolean | null;
  /** The footprint touches the edge of the image or a region without data. */
  readonly pixelFlags_edge: boolean | null;
  /** The footprint contains an interpolated pixel. */
  readonly pixelFlags_interpolated: boolean | null;
  /** There is an interpolated pixel within three pixels of the centre. */
  readonly pixelFlags_interpolatedCenter: boolean | null;
  /** The footprint contains a pixel without data. */
  readonly pixelFlags_nodata: boolean | null;
  /** The footprint contains a saturated pixel. */
  readonly pixelFlags_saturated: boolean | null;
  /** There is a saturated pixel within three pixels of the centre. */
  readonly pixelFlags_saturatedCenter: boolean | null;
  /** The footprint contains a pixel near saturation. */
  readonly pixelFlags_suspect: boolean | null;
  /** There is a pixel near saturation within three pixels of the centre. */
  readonly pixelFlags_suspectCenter: boolean | null;
}

/** Visits of the telescope: pointing, time and filter. */
export interface VisitRow {
  /** Identifier of the visit. */
  readonly visit: bigint;
  /** Filter in the beam. */
  readonly physical_filter: string | null;
  /** Band of the filter. */
  readonly band: string | null;
  /** Right ascension of the focal plane centre (ICRS). [deg] */
  readonly ra: number | null;
  /** Declination of the focal plane centre (ICRS). [deg] */
  readonly dec: number | null;
  /** Angle of the sky on the focal plane. [deg] */
  readonly skyRotation: number | null;
  /** Azimuth of the focal plane centre at mid-exposure. [deg] */
  readonly azimuth: number | null;
  /** Altitude of the focal plane centre at mid-exposure. [deg] */
  readonly altitude: number | null;
  /** Zenith distance at mid-exposure. [deg] */
  readonly zenithDistance: number | null;
  /** Airmass at mid-exposure. */
  readonly airmass: number | null;
  /** Length of the exposure. [s] */
  readonly expTime: number | null;
  /** Middle of the exposure, TAI. */
  readonly expMidpt: string | null;
  /** Middle of the exposure, as a TAI Modified Julian Date. [d] */
  readonly expMidptMJD: number | null;
  /** Start of the exposure, TAI. */
  readonly obsStart: string | null;
  /** Start of the exposure, as a TAI Modified Julian Date. [d] */
  readonly obsStartMJD: number | null;
}

/** Images of single detectors: calibration, image quality and depth. */
export interface CcdVisitRow {
  /** Identifier of the image of one detector. */
  readonly ccdVisitId: bigint;
  /** Visit that the image belongs to. */
  readonly visitId: bigint;
  /** Detector of the image. */
  readonly detector: bigint;
  /** Filter in the beam. */
  readonly physical_filter: string | null;
  /** Band of the filter. */
  readonly band: string | null;
  /** Right ascension of the centre of the detector (ICRS). [deg] */
  readonly ra: number | null;
  /** Declination of the centre of the detector (ICRS). [deg] */
  readonly dec: number | null;
  /** Pixel scale at the centre. [arcsec/pixel] */
  readonly pixelScale: number | null;
  /** Zenith distance of the centre. [deg] */
  readonly zenithDistance: number | null;
  /** Length of the exposure. [s] */
  readonly expTime: number | null;
  /** Time from the last clearing of the detector to its readout. [s] */
  readonly darkTime: number | null;
  /** Magnitude of a source of one count a second. [mag] */
  readonly zeroPoint: number | null;
  /** Width of the PSF at half its maximum. [arcsec] */
  readonly seeing: number | null;
  /** Width of the PSF as a standard deviation. [pixel] */
  readonly psfSigma: number | null;
  /** Mean level of the background. [adu] */
  readonly skyBg: number | null;
  /** Standard deviation of the background. [adu] */
  readonly skyNoise: number | null;
  /** Angle of the sky on the detector. [deg] */
  readonly skyRotation: number | null;
  /** Mean distance between stars and their reference positions after the fit. [arcsec] */
  readonly astromOffsetMean: number | null;
  /** Standard deviation of that distance. [arcsec] */
  readonly astromOffsetStd: number | null;
  /** Number of stars that the PSF was modelled from. */
  readonly nPsfStar: number | null;
  /** Median of the first ellipticity component of stars minus model. */
  readonly psfStarDeltaE1Median: number | null;
  /** Median of the second ellipticity component of stars minus model. */
  readonly psfStarDeltaE2Median: number | null;
  /** Scatter of the first ellipticity component of stars minus model. */
  readonly psfStarDeltaE1Scatter: number | null;
  /** Scatter of the second ellipticity component of stars minus model. */
  readonly psfStarDeltaE2Scatter: number | null;
  /** Median of the sizes of stars minus model. [pixel] */
  readonly psfStarDeltaSizeMedian: number | null;
  /** Scatter of the sizes of stars minus model. [pixel] */
  readonly psfStarDeltaSizeScatter: number | null;
  /** Scatter of the sizes of stars minus model, relative to the size. */
  readonly psfStarScaledDeltaSizeScatter: number | null;
  /** Range of the size of the PSF over the detector. [pixel] */
  readonly psfTraceRadiusDelta: number | null;
  /** Range over the detector of the share of light inside the calibration aperture. */
  readonly psfApFluxDelta: number | null;
  /** Range of the aperture correction over the detector, relative to its error. */
  readonly psfApCorrSigmaScaledDelta: number | null;
  /** Greatest distance of a pixel from a star of the PSF model. [pixel] */
  readonly maxDistToNearestPsf: number | null;
  /** Exposure time that would give the same depth under reference conditions. [s] */
  readonly effTime: number | null;
  /** Part of effTime that comes from the seeing. */
  readonly effTimePsfSigmaScale: number | null;
  /** Part of effTime that comes from the background. */
  readonly effTimeSkyBgScale: number | null;
  /** Part of effTime that comes from the transparency. */
  readonly effTimeZeroPointScale: number | null;
  /** Magnitude of a point source at five sigma. [mag] */
  readonly magLim: number | null;
  /** Middle of the exposure, TAI. */
  readonly expMidpt: string | null;
  /** Middle of the exposure, as a TAI Modified Julian Date. [d] */
  readonly expMidptMJD: number | null;
  /** Start of the exposure, TAI. */
  readonly obsStart: string | null;
  /** Start of the exposure, as a TAI Modified Julian Date. [d] */
  readonly obsStartMJD: number | null;
  /** Columns of the image. [pixel] */
  readonly xSize: bigint | null;
  /** Rows of the image. [pixel] */
  readonly ySize: bigint | null;
  /** Right ascension of the corner at the first column and first row. [deg] */
  readonly llcra: number | null;
  /** Declination of the corner at the first column and first row. [deg] */
  readonly llcdec: number | null;
  /** Right ascension of the corner at the first column and last row. [deg] */
  readonly ulcra: number | null;
  /** Declination of the corner at the first column and last row. [deg] */
  readonly ulcdec: number | null;
  /** Right ascension of the corner at the last column and last row. [deg] */
  readonly urcra: number | null;
  /** Declination of the corner at the last column and last row. [deg] */
  readonly urcdec: number | null;
  /** Right ascension of the corner at the last column and first row. [deg] */
  readonly lrcra: number | null;
  /** Declination of the corner at the last column and first row. [deg] */
  readonly lrcdec: number | null;
}

/** Places of the patches that have coadds. */
export interface CoaddPatchesRow {
  /** Tract of the sky map. */
  readonly lsst_tract: bigint;
  /** Patch of the tract. */
  readonly lsst_patch: bigint;
  /** Right ascension of the centre of the patch (ICRS). [deg] */
  readonly s_ra: number;
  /** Declination of the centre of the patch (ICRS). [deg] */
  readonly s_dec: number;
  /** Outline of the patch. */
  readonly s_region: string;
}
