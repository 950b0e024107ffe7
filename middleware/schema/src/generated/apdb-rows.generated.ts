// Generated from schema apdb 1.0.0; change the schema, not this file.

/** Objects found on difference images, with their positions and light-curve statistics; one record for each version in time. */
export interface DiaObjectRow {
  /** Identifier of the object, unique over the life of the survey. */
  readonly diaObjectId: bigint;
  /** Time from which this version of the record holds, as a TAI Modified Julian Date. [d] */
  readonly validityStartMjdTai: number;
  /** Time until which this version held, as a TAI Modified Julian Date; null while it is the latest. [d] */
  readonly validityEndMjdTai: number | null;
  /** Right ascension of the object (ICRS), averaged over its detections. [deg] */
  readonly ra: number;
  /** Standard error of the right ascension, as an angle on the sky. [deg] */
  readonly raErr: number | null;
  /** Declination of the object (ICRS), averaged over its detections. [deg] */
  readonly dec: number;
  /** Standard error of the declination. [deg] */
  readonly decErr: number | null;
  /** Covariance of right ascension (as an angle on the sky) and declination. [deg**2] */
  readonly ra_dec_Cov: number | null;
  /** Weighted mean of the PSF fluxes on u-band difference images. [nJy] */
  readonly u_psfFluxMean: number | null;
  /** Standard error of u_psfFluxMean. [nJy] */
  readonly u_psfFluxMeanErr: number | null;
  /** Standard deviation of the u-band PSF fluxes about their mean. [nJy] */
  readonly u_psfFluxSigma: number | null;
  /** Number of u-band PSF fluxes in the statistics. */
  readonly u_psfFluxNdata: number;
  /** Weighted mean of the forced PSF fluxes on u-band direct images. [nJy] */
  readonly u_fpFluxMean: number | null;
  /** Standard error of u_fpFluxMean. [nJy] */
  readonly u_fpFluxMeanErr: number | null;
  /** Weighted mean of the PSF fluxes on the u-band direct images of the detections. [nJy] */
  readonly u_scienceFluxMean: number | null;
  /** Standard error of u_scienceFluxMean. [nJy] */
  readonly u_scienceFluxMeanErr: number | null;
  /** Faintest u-band PSF flux. [nJy] */
  readonly u_psfFluxMin: number | null;
  /** Brightest u-band PSF flux. [nJy] */
  readonly u_psfFluxMax: number | null;
  /** Steepest change of flux with time between two successive u-band detections. [nJy/d] */
  readonly u_psfFluxMaxSlope: number | null;
  /** Mean of the errors of the u-band PSF fluxes. [nJy] */
  readonly u_psfFluxErrMean: number | null;
  /** Weighted mean of the PSF fluxes on g-band difference images. [nJy] */
  readonly g_psfFluxMean: number | null;
  /** Standard error of g_psfFluxMean. [nJy] */
  readonly g_psfFluxMeanErr: number | null;
  /** Standard deviation of the g-band PSF fluxes about their mean. [nJy] */
  readonly g_psfFluxSigma: number | null;
  /** Number of g-band PSF fluxes in the statistics. */
  readonly g_psfFluxNdata: number;
  /** Weighted mean of the forced PSF fluxes on g-band direct images. [nJy] */
  readonly g_fpFluxMean: number | null;
  /** Standard error of g_fpFluxMean. [nJy] */
  readonly g_fpFluxMeanErr: number | null;
  /** Weighted mean of the PSF fluxes on the g-band direct images of the detections. [nJy] */
  readonly g_scienceFluxMean: number | null;
  /** Standard error of g_scienceFluxMean. [nJy] */
  readonly g_scienceFluxMeanErr: number | null;
  /** Faintest g-band PSF flux. [nJy] */
  readonly g_psfFluxMin: number | null;
  /** Brightest g-band PSF flux. [nJy] */
  readonly g_psfFluxMax: number | null;
  /** Steepest change of flux with time between two successive g-band detections. [nJy/d] */
  readonly g_psfFluxMaxSlope: number | null;
  /** Mean of the errors of the g-band PSF fluxes. [nJy] */
  readonly g_psfFluxErrMean: number | null;
  /** Weighted mean of the PSF fluxes on r-band difference images. [nJy] */
  readonly r_psfFluxMean: number | null;
  /** Standard error of r_psfFluxMean. [nJy] */
  readonly r_psfFluxMeanErr: number | null;
  /** Standard deviation of the r-band PSF fluxes about their mean. [nJy] */
  readonly r_psfFluxSigma: number | null;
  /** Number of r-band PSF fluxes in the statistics. */
  readonly r_psfFluxNdata: number;
  /** Weighted mean of the forced PSF fluxes on r-band direct images. [nJy] */
  readonly r_fpFluxMean: number | null;
  /** Standard error of r_fpFluxMean. [nJy] */
  readonly r_fpFluxMeanErr: number | null;
  /** Weighted mean of the PSF fluxes on the r-band direct images of the detections. [nJy] */
  readonly r_scienceFluxMean: number | null;
  /** Standard error of r_scienceFluxMean. [nJy] */
  readonly r_scienceFluxMeanErr: number | null;
  /** Faintest r-band PSF flux. [nJy] */
  readonly r_psfFluxMin: number | null;
  /** Brightest r-band PSF flux. [nJy] */
  readonly r_psfFluxMax: number | null;
  /** Steepest change of flux with time between two successive r-band detections. [nJy/d] */
  readonly r_psfFluxMaxSlope: number | null;
  /** Mean of the errors of the r-band PSF fluxes. [nJy] */
  readonly r_psfFluxErrMean: number | null;
  /** Weighted mean of the PSF fluxes on i-band difference images. [nJy] */
  readonly i_psfFluxMean: number | null;
  /** Standard error of i_psfFluxMean. [nJy] */
  readonly i_psfFluxMeanErr: number | null;
  /** Standard deviation of the i-band PSF fluxes about their mean. [nJy] */
  readonly i_psfFluxSigma: number | null;
  /** Number of i-band PSF fluxes in the statistics. */
  readonly i_psfFluxNdata: number;
  /** Weighted mean of the forced PSF fluxes on i-band direct images. [nJy] */
  readonly i_fpFluxMean: number | null;
  /** Standard error of i_fpFluxMean. [nJy] */
  readonly i_fpFluxMeanErr: number | null;
  /** Weighted mean of the PSF fluxes on the i-band direct images of the detections. [nJy] */
  readonly i_scienceFluxMean: number | null;
  /** Standard error of i_scienceFluxMean. [nJy] */
  readonly i_scienceFluxMeanErr: number | null;
  /** Faintest i-band PSF flux. [nJy] */
  readonly i_psfFluxMin: number | null;
  /** Brightest i-band PSF flux. [nJy] */
  readonly i_psfFluxMax: number | null;
  /** Steepest change of flux with time between two successive i-band detections. [nJy/d] */
  readonly i_psfFluxMaxSlope: number | null;
  /** Mean of the errors of the i-band PSF fluxes. [nJy] */
  readonly i_psfFluxErrMean: number | null;
  /** Weighted mean of the PSF fluxes on z-band difference images. [nJy] */
  readonly z_psfFluxMean: number | null;
  /** Standard error of z_psfFluxMean. [nJy] */
  readonly z_psfFluxMeanErr: number | null;
  /** Standard deviation of the z-band PSF fluxes about their mean. [nJy] */
  readonly z_psfFluxSigma: number | null;
  /** Number of z-band PSF fluxes in the statistics. */
  readonly z_psfFluxNdata: number;
  /** Weighted mean of the forced PSF fluxes on z-band direct images. [nJy] */
  readonly z_fpFluxMean: number | null;
  /** Standard error of z_fpFluxMean. [nJy] */
  readonly z_fpFluxMeanErr: number | null;
  /** Weighted mean of the PSF fluxes on the z-band direct images of the detections. [nJy] */
  readonly z_scienceFluxMean: number | null;
  /** Standard error of z_scienceFluxMean. [nJy] */
  readonly z_scienceFluxMeanErr: number | null;
  /** Faintest z-band PSF flux. [nJy] */
  readonly z_psfFluxMin: number | null;
  /** Brightest z-band PSF flux. [nJy] */
  readonly z_psfFluxMax: number | null;
  /** Steepest change of flux with time between two successive z-band detections. [nJy/d] */
  readonly z_psfFluxMaxSlope: number | null;
  /** Mean of the errors of the z-band PSF fluxes. [nJy] */
  readonly z_psfFluxErrMean: number | null;
  /** Weighted mean of the PSF fluxes on y-band difference images. [nJy] */
  readonly y_psfFluxMean: number | null;
  /** Standard error of y_psfFluxMean. [nJy] */
  readonly y_psfFluxMeanErr: number | null;
  /** Standard deviation of the y-band PSF fluxes about their mean. [nJy] */
  readonly y_psfFluxSigma: number | null;
  /** Number of y-band PSF fluxes in the statistics. */
  readonly y_psfFluxNdata: number;
  /** Weighted mean of the forced PSF fluxes on y-band direct images. [nJy] */
  readonly y_fpFluxMean: number | null;
  /** Standard error of y_fpFluxMean. [nJy] */
  readonly y_fpFluxMeanErr: number | null;
  /** Weighted mean of the PSF fluxes on the y-band direct images of the detections. [nJy] */
  readonly y_scienceFluxMean: number | null;
  /** Standard error of y_scienceFluxMean. [nJy] */
  readonly y_scienceFluxMeanErr: number | null;
  /** Faintest y-band PSF flux. [nJy] */
  readonly y_psfFluxMin: number | null;
  /** Brightest y-band PSF flux. [nJy] */
  readonly y_psfFluxMax: number | null;
  /** Steepest change of flux with time between two successive y-band detections. [nJy/d] */
  readonly y_psfFluxMaxSlope: number | null;
  /** Mean of the errors of the y-band PSF fluxes. [nJy] */
  readonly y_psfFluxErrMean: number | null;
  /** Time of the first detection, as a TAI Modified Julian Date. [d] */
  readonly firstDiaSourceMjdTai: number | null;
  /** Time of the latest detection, as a TAI Modified Julian Date. [d] */
  readonly lastDiaSourceMjdTai: number | null;
  /** Number of detections associated with the object. */
  readonly nDiaSources: number;
}

/** Detections on difference images, at five sigma and above. */
export interface DiaSourceRow {
  /** Identifier of the detection, unique over the life of the survey. */
  readonly diaSourceId: bigint;
  /** Visit in which the source was detected. */
  readonly visit: bigint;
  /** Detector on which the source was detected. */
  readonly detector: number;
  /** Object that the detection is associated with; null while it belongs to a moving object. */
  readonly diaObjectId: bigint | null;
  /** Solar System object that the detection is associated with, if any. */
  readonly ssObjectId: bigint | null;
  /** Detection that this one was deblended from, if any. */
  readonly parentDiaSourceId: bigint | null;
  /** Time when the detection moved from an object to a Solar System object, as a TAI Modified Julian Date. [d] */
  readonly ssObjectReassocTimeMjdTai: number | null;
  /** Middle of the exposure, as a TAI Modified Julian Date. [d] */
  readonly midpointMjdTai: number;
  /** Length of the exposure, without readout. [s] */
  readonly exposureTime: number | null;
  /** Right ascension of the centroid (ICRS). [deg] */
  readonly ra: number;
  /** Standard error of the right ascension, as an angle on the sky. [deg] */
  readonly raErr: number | null;
  /** Declination of the centroid (ICRS). [deg] */
  readonly dec: number;
  /** Standard error of the declination. [deg] */
  readonly decErr: number | null;
  /** Covariance of right ascension (as an angle on the sky) and declination. [deg**2] */
  readonly ra_dec_Cov: number | null;
  /** Column of the centroid; the centre of the first pixel is 0. [pixel] */
  readonly x: number;
  /** Standard error of x. [pixel] */
  readonly xErr: number | null;
  /** Row of the centroid; the centre of the first pixel is 0. [pixel] */
  readonly y: number;
  /** Standard error of y. [pixel] */
  readonly yErr: number | null;
  /** The centroid could not be measured. */
  readonly centroid_flag: boolean | null;
  /** Flux in a circular aperture on the difference image. [nJy] */
  readonly apFlux: number | null;
  /** Standard error of apFlux. [nJy] */
  readonly apFluxErr: number | null;
  /** The aperture flux could not be measured. */
  readonly apFlux_flag: boolean | null;
  /** The aperture did not fit into the image. */
  readonly apFlux_flag_apertureTruncated: boolean | null;
  /** The source is fainter on the science image than on the template. */
  readonly isNegative: boolean | null;
  /** Signal-to-noise ratio at which the source was detected. */
  readonly snr: number | null;
  /** Flux of a point-source model on the difference image; negative where the source has faded. [nJy] */
  readonly psfFlux: number | null;
  /** Standard error of psfFlux. [nJy] */
  readonly psfFluxErr: number | null;
  /** Natural logarithm of the likelihood of the point-source model. */
  readonly psfLnL: number | null;
  /** Chi-square of the point-source model. */
  readonly psfChi2: number | null;
  /** Number of pixels that the point-source model was fitted to. */
  readonly psfNdata: number;
  /** The point-source flux could not be measured. */
  readonly psfFlux_flag: boolean | null;
  /** The source is too near the edge of the image for the whole model. */
  readonly psfFlux_flag_edge: boolean | null;
  /** No usable pixel was left for the model. */
  readonly psfFlux_flag_noGoodPixels: boolean | null;
  /** Flux of a trailed point-source model. [nJy] */
  readonly trailFlux: number | null;
  /** Standard error of trailFlux. [nJy] */
  readonly trailFluxErr: number | null;
  /** Right ascension of the middle of the trail (ICRS). [deg] */
  readonly trailRa: number | null;
  /** Standard error of trailRa. [deg] */
  readonly trailRaErr: number | null;
  /** Declination of the middle of the trail (ICRS). [deg] */
  readonly trailDec: number | null;
  /** Standard error of trailDec. [deg] */
  readonly trailDecErr: number | null;
  /** Length of the trail. [arcsec] */
  readonly trailLength: number | null;
  /** Standard error of trailLength. [arcsec] */
  readonly trailLengthErr: number | null;
  /** Position angle of the trail, from north through east. [deg] */
  readonly trailAngle: number | null;
  /** Standard error of trailAngle. [deg] */
  readonly trailAngleErr: number | null;
  /** Chi-square of the trailed model. */
  readonly trailChi2: number | null;
  /** Number of pixels that the trailed model was fitted to. */
  readonly trailNdata: number;
  /** Method by which the trail was measured. */
  readonly trailAlgorithm: number | null;
  /** The trail reaches the edge of the image. */
  readonly trail_flag_edge: boolean | null;
  /** The trail could not be measured. */
  readonly trail_flag: boolean | null;
  /** Mean of the absolute fluxes of the two lobes of a dipole model. [nJy] */
  readonly dipoleMeanFlux: number | null;
  /** Standard error of dipoleMeanFlux. [nJy] */
  readonly dipoleMeanFluxErr: number | null;
  /** Difference of the absolute fluxes of the two lobes. [nJy] */
  readonly dipoleFluxDiff: number | null;
  /** Standard error of dipoleFluxDiff. [nJy] */
  readonly dipoleFluxDiffErr: number | null;
  /** Distance between the two lobes. [arcsec] */
  readonly dipoleLength: number | null;
  /** Position angle from the negative to the positive lobe, from north through east. [deg] */
  readonly dipoleAngle: number | null;
  /** Chi-square of the dipole model. */
  readonly dipoleChi2: number | null;
  /** Number of pixels that the dipole model was fitted to. */
  readonly dipoleNdata: number;
  /** Forced point-source flux on the science image at the position of the detection. [nJy] */
  readonly scienceFlux: number | null;
  /** Standard error of scienceFlux. [nJy] */
  readonly scienceFluxErr: number | null;
  /** The forced flux on the science image could not be measured. */
  readonly forced_PsfFlux_flag: boolean | null;
  /** The position is too near the edge of the science image for the whole model. */
  readonly forced_PsfFlux_flag_edge: boolean | null;
  /** No usable pixel was left on the science image. */
  readonly forced_PsfFlux_flag_noGoodPixels: boolean | null;
  /** Forced point-source flux on the template at the position of the detection. [nJy] */
  readonly templateFlux: number | null;
  /** Standard error of templateFlux. [nJy] */
  readonly templateFluxErr: number | null;
  /** Second moment of the light along x, weighted adaptively. [arcsec**2] */
  readonly ixx: number | null;
  /** Second moment of the light along y, weighted adaptively. [arcsec**2] */
  readonly iyy: number | null;
  /** Mixed second moment of the light, weighted adaptively. [arcsec**2] */
  readonly ixy: number | null;
  /** Second moment of the PSF along x at the position. [arcsec**2] */
  readonly ixxPSF: number | null;
  /** Second moment of the PSF along y at the position. [arcsec**2] */
  readonly iyyPSF: number | null;
  /** Mixed second moment of the PSF at the position. [arcsec**2] */
  readonly ixyPSF: number | null;
  /** The moments could not be measured. */
  readonly shape_flag: boolean | null;
  /** There were no pixels to measure moments on. */
  readonly shape_flag_no_pixels: boolean | null;
  /** The centre lies outside the footprint. */
  readonly shape_flag_not_contained: boolean | null;
  /** Moments are not measured on parents of deblended sources. */
  readonly shape_flag_parent_source: boolean | null;
  /** Zero for a point source, one for an extended one. */
  readonly extendedness: number | null;
  /** Probability, from 0 to 1, that the detection is astrophysical and no artefact. */
  readonly reliability: number | null;
  /** Version of the model that gave the reliability. */
  readonly reliabilityVersion: string | null;
  /** Band of the filter. */
  readonly band: string | null;
  /** A dipole describes the source better than a point source. */
  readonly isDipole: boolean | null;
  /** A dipole was fitted. */
  readonly dipoleFitAttempted: boolean | null;
  /** Time when the record was made, as a TAI Modified Julian Date. [d] */
  readonly timeProcessedMjdTai: number;
  /** Time when the record was withdrawn, as a TAI Modified Julian Date; null while it holds. [d] */
  readonly timeWithdrawnMjdTai: number | null;
  /** Side of the square that holds the footprint. [pixel] */
  readonly bboxSize: number;
  /** Any of the pixel flags is set. */
  readonly pixelFlags: boolean | null;
  /** The footprint contains a pixel marked bad. */
  readonly pixelFlags_bad: boolean | null;
  /** The footprint contains a cosmic ray. */
  readonly pixelFlags_cr: boolean | null;
  /** There is a cosmic ray within three pixels of the centre. */
  readonly pixelFlags_crCenter: boolean | null;
  /** The footprint touches the edge of the image or a region without data. */
  readonly pixelFlags_edge: boolean | null;
  /** The footprint contains a pixel without data. */
  readonly pixelFlags_nodata: boolean | null;
  /** There is a pixel without data within three pixels of the centre. */
  readonly pixelFlags_nodataCenter: boolean | null;
  /** The footprint contains an interpolated pixel. */
  readonly pixelFlags_interpolated: boolean | null;
  /** There is an interpolated pixel within three pixels of the centre. */
  readonly pixelFlags_interpolatedCenter: boolean | null;
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
  /** The footprint contains a satellite or aircraft streak. */
  readonly pixelFlags_streak: boolean | null;
  /** There is a satellite or aircraft streak within three pixels of the centre. */
  readonly pixelFlags_streakCenter: boolean | null;
  /** The footprint contains an injected source. */
  readonly pixelFlags_injected: boolean | null;
  /** There is an injected source within three pixels of the centre. */
  readonly pixelFlags_injectedCenter: boolean | null;
  /** The footprint contains a source injected into the template. */
  readonly pixelFlags_injected_template: boolean | null;
  /** There is a source injected into the template within three pixels of the centre. */
  readonly pixelFlags_injected_templateCenter: boolean | null;
  /** The source is one of a row of glints along a line. */
  readonly glint_trail: boolean | null;
}

/** Fluxes on difference and direct images measured at the positions of known objects, whether or not they were detected. */
export interface DiaForcedSourceRow {
  /** Identifier of the measurement. */
  readonly diaForcedSourceId: bigint;
  /** Object at whose position the measurement was made. */
  readonly diaObjectId: bigint;
  /** Right ascension of the measurement (ICRS). [deg] */
  readonly ra: number;
  /** Declination of the measurement (ICRS). [deg] */
  readonly dec: number;
  /** Visit measured. */
  readonly visit: bigint;
  /** Detector measured. */
  readonly detector: number;
  /** Forced point-source flux on the difference image. [nJy] */
  readonly psfFlux: number | null;
  /** Standard error of psfFlux. [nJy] */
  readonly psfFluxErr: number | null;
  /** Middle of the exposure, as a TAI Modified Julian Date. [d] */
  readonly midpointMjdTai: number;
  /** Forced point-source flux on the science image. [nJy] */
  readonly scienceFlux: number | null;
  /** Standard error of scienceFlux. [nJy] */
  readonly scienceFluxErr: number | null;
  /** Band of the filter. */
  readonly band: string | null;
  /** Time when the record was made, as a TAI Modified Julian Date. [d] */
  readonly timeProcessedMjdTai: number;
  /** Time when the record was withdrawn, as a TAI Modified Julian Date; null while it holds. [d] */
  readonly timeWithdrawnMjdTai: number | null;
}

/** Solar System objects seen by the survey, with orbits summarized and phase functions fitted. */
export interface SSObjectRow {
  /** Identifier of the Solar System object. */
  readonly ssObjectId: bigint;
  /** Primary designation, unpacked, as in mpc_orbits. */
  readonly designation: string | null;
  /** Number of survey detections of the object. */
  readonly nObs: number;
  /** Time between the first and the last detection of the survey. [d] */
  readonly arc: number;
  /** Time of the first detection of the survey, as a TAI Modified Julian Date. [d] */
  readonly firstObservationMjdTai: number | null;
  /** Least distance between the orbits of the object and the Earth. [AU] */
  readonly MOIDEarth: number | null;
  /** Relative speed at the point of least distance to the Earth's orbit. [km/s] */
  readonly MOIDEarthDeltaV: number | null;
  /** Ecliptic longitude of the point of least distance. [deg] */
  readonly MOIDEarthEclipticLongitude: number | null;
  /** True anomaly of the Earth at the point of least distance. [deg] */
  readonly MOIDEarthTrueAnomaly: number | null;
  /** True anomaly of the object at the point of least distance. [deg] */
  readonly MOIDEarthTrueAnomalyObject: number | null;
  /** Tisserand parameter with respect to Jupiter. */
  readonly tisserand_J: number | null;
  /** Greatest extendedness of the detections. */
  readonly extendednessMax: number | null;
  /** Median extendedness of the detections. */
  readonly extendednessMedian: number | null;
  /** Least extendedness of the detections. */
  readonly extendednessMin: number | null;
  /** Number of u-band detections. */
  readonly u_nObs: number;
  /** Absolute magnitude in the u band, fitted with the H, G12 phase function. [mag] */
  readonly u_H: number | null;
  /** Standard error of u_H. [mag] */
  readonly u_HErr: number | null;
  /** Slope parameter G12 in the u band. */
  readonly u_G12: number | null;
  /** Standard error of u_G12. */
  readonly u_G12Err: number | null;
  /** Covariance of u_H and u_G12. [mag**2] */
  readonly u_H_u_G12_Cov: number | null;
  /** Number of u-band detections in the phase function fit. */
  readonly u_nObsUsed: number;
  /** Chi-square of the u-band phase function fit. */
  readonly u_Chi2: number | null;
  /** Least phase angle of the u-band detections. [deg] */
  readonly u_phaseAngleMin: number | null;
  /** Greatest phase angle of the u-band detections. [deg] */
  readonly u_phaseAngleMax: number | null;
  /** G12 could not be fitted in the u band and was held fixed. */
  readonly u_slope_fit_failed: boolean | null;
  /** Number of g-band detections. */
  readonly g_nObs: number;
  /** Absolute magnitude in the g band, fitted with the H, G12 phase function. [mag] */
  readonly g_H: number | null;
  /** Standard error of g_H. [mag] */
  readonly g_HErr: number | null;
  /** Slope parameter G12 in the g band. */
  readonly g_G12: number | null;
  /** Standard error of g_G12. */
  readonly g_G12Err: number | null;
  /** Covariance of g_H and g_G12. [mag**2] */
  readonly g_H_g_G12_Cov: number | null;
  /** Number of g-band detections in the phase function fit. */
  readonly g_nObsUsed: number;
  /** Chi-square of the g-band phase function fit. */
  readonly g_Chi2: number | null;
  /** Least phase angle of the g-band detections. [deg] */
  readonly g_phaseAngleMin: number | null;
  /** Greatest phase angle of the g-band detections. [deg] */
  readonly g_phaseAngleMax: number | null;
  /** G12 could not be fitted in the g band and was held fixed. */
  readonly g_slope_fit_failed: boolean | null;
  /** Number of r-band detections. */
  readonly r_nObs: number;
  /** Absolute magnitude in the r band, fitted with the H, G12 phase function. [mag] */
  readonly r_H: number | null;
  /** Standard error of r_H. [mag] */
  readonly r_HErr: number | null;
  /** Slope parameter G12 in the r band. */
  readonly r_G12: number | null;
  /** Standard error of r_G12. */
  readonly r_G12Err: number | null;
  /** Covariance of r_H and r_G12. [mag**2] */
  readonly r_H_r_G12_Cov: number | null;
  /** Number of r-band detections in the phase function fit. */
  readonly r_nObsUsed: number;
  /** Chi-square of the r-band phase function fit. */
  readonly r_Chi2: number | null;
  /** Least phase angle of the r-band detections. [deg] */
  readonly r_phaseAngleMin: number | null;
  /** Greatest phase angle of the r-band detections. [deg] */
  readonly r_phaseAngleMax: number | null;
  /** G12 could not be fitted in the r band and was held fixed. */
  readonly r_slope_fit_failed: boolean | null;
  /** Number of i-band detections. */
  readonly i_nObs: number;
  /** Absolute magnitude in the i band, fitted with the H, G12 phase function. [mag] */
  readonly i_H: number | null;
  /** Standard error of i_H. [mag] */
  readonly i_HErr: number | null;
  /** Slope parameter G12 in the i band. */
  readonly i_G12: number | null;
  /** Standard error of i_G12. */
  readonly i_G12Err: number | null;
  /** Covariance of i_H and i_G12. [mag**2] */
  readonly i_H_i_G12_Cov: number | null;
  /** Number of i-band detections in the phase function fit. */
  readonly i_nObsUsed: number;
  /** Chi-square of the i-band phase function fit. */
  readonly i_Chi2: number | null;
  /** Least phase angle of the i-band detections. [deg] */
  readonly i_phaseAngleMin: number | null;
  /** Greatest phase angle of the i-band detections. [deg] */
  readonly i_phaseAngleMax: number | null;
  /** G12 could not be fitted in the i band and was held fixed. */
  readonly i_slope_fit_failed: boolean | null;
  /** Number of z-band detections. */
  readonly z_nObs: number;
  /** Absolute magnitude in the z band, fitted with the H, G12 phase function. [mag] */
  readonly z_H: number | null;
  /** Standard error of z_H. [mag] */
  readonly z_HErr: number | null;
  /** Slope parameter G12 in the z band. */
  readonly z_G12: number | null;
  /** Standard error of z_G12. */
  readonly z_G12Err: number | null;
  /** Covariance of z_H and z_G12. [mag**2] */
  readonly z_H_z_G12_Cov: number | null;
  /** Number of z-band detections in the phase function fit. */
  readonly z_nObsUsed: number;
  /** Chi-square of the z-band phase function fit. */
  readonly z_Chi2: number | null;
  /** Least phase angle of the z-band detections. [deg] */
  readonly z_phaseAngleMin: number | null;
  /** Greatest phase angle of the z-band detections. [deg] */
  readonly z_phaseAngleMax: number | null;
  /** G12 could not be fitted in the z band and was held fixed. */
  readonly z_slope_fit_failed: boolean | null;
  /** Number of y-band detections. */
  readonly y_nObs: number;
  /** Absolute magnitude in the y band, fitted with the H, G12 phase function. [mag] */
  readonly y_H: number | null;
  /** Standard error of y_H. [mag] */
  readonly y_HErr: number | null;
  /** Slope parameter G12 in the y band. */
  readonly y_G12: number | null;
  /** Standard error of y_G12. */
  readonly y_G12Err: number | null;
  /** Covariance of y_H and y_G12. [mag**2] */
  readonly y_H_y_G12_Cov: number | null;
  /** Number of y-band detections in the phase function fit. */
  readonly y_nObsUsed: number;
  /** Chi-square of the y-band phase function fit. */
  readonly y_Chi2: number | null;
  /** Least phase angle of the y-band detections. [deg] */
  readonly y_phaseAngleMin: number | null;
  /** Greatest phase angle of the y-band detections. [deg] */
  readonly y_phaseAngleMax: number | null;
  /** G12 could not be fitted in the y band and was held fixed. */
  readonly y_slope_fit_failed: boolean | null;
}

/** Circumstances of each detection of a Solar System object: distances, angles, predicted position and offset. */
export interface SSSourceRow {
  /** Detection that this record is about. */
  readonly diaSourceId: bigint;
  /** Solar System object that the detection belongs to. */
  readonly ssObjectId: bigint;
  /** Primary designation of the object, unpacked. */
  readonly designation: string | null;
  /** Ecliptic longitude of the detection. [deg] */
  readonly eclLambda: number;
  /** Ecliptic latitude of the detection. [deg] */
  readonly eclBeta: number;
  /** Galactic longitude of the detection. [deg] */
  readonly galLon: number;
  /** Galactic latitude of the detection. [deg] */
  readonly galLat: number;
  /** Angle between the Sun and the object as seen by the observer. [deg] */
  readonly elongation: number | null;
  /** Angle between the Sun and the observer as seen from the object. [deg] */
  readonly phaseAngle: number | null;
  /** Distance of the object from the observer. [AU] */
  readonly topoRange: number | null;
  /** Rate of change of the distance from the observer. [km/s] */
  readonly topoRangeRate: number | null;
  /** Distance of the object from the Sun. [AU] */
  readonly helioRange: number | null;
  /** Rate of change of the distance from the Sun. [km/s] */
  readonly helioRangeRate: number | null;
  /** Right ascension predicted from the orbit. [deg] */
  readonly ephRa: number | null;
  /** Declination predicted from the orbit. [deg] */
  readonly ephDec: number | null;
  /** Apparent V magnitude predicted from the absolute magnitude. [mag] */
  readonly ephVmag: number | null;
  /** Predicted motion on the sky. [deg/d] */
  readonly ephRate: number | null;
  /** Predicted motion in right ascension, as an angle on the sky. [deg/d] */
  readonly ephRateRa: number | null;
  /** Predicted motion in declination. [deg/d] */
  readonly ephRateDec: number | null;
  /** Distance between the observed and the predicted position. [arcsec] */
  readonly ephOffset: number | null;
  /** Observed minus predicted right ascension, as an angle on the sky. [arcsec] */
  readonly ephOffsetRa: number | null;
  /** Observed minus predicted declination. [arcsec] */
  readonly ephOffsetDec: number | null;
  /** Offset along the predicted motion. [arcsec] */
  readonly ephOffsetAlongTrack: number | null;
  /** Offset across the predicted motion. [arcsec] */
  readonly ephOffsetCrossTrack: number | null;
  /** Cartesian heliocentric x coordinate at the time of the observation (ICRS axes). [AU] */
  readonly helio_x: number | null;
  /** Cartesian heliocentric y coordinate at the time of the observation (ICRS axes). [AU] */
  readonly helio_y: number | null;
  /** Cartesian heliocentric z coordinate at the time of the observation (ICRS axes). [AU] */
  readonly helio_z: number | null;
  /** Cartesian heliocentric velocity along x at the time of the observation. [km/s] */
  readonly helio_vx: number | null;
  /** Cartesian heliocentric velocity along y at the time of the observation. [km/s] */
  readonly helio_vy: number | null;
  /** Cartesian heliocentric velocity along z at the time of the observation. [km/s] */
  readonly helio_vz: number | null;
  /** Magnitude of the heliocentric velocity. [km/s] */
  readonly helio_vtot: number | null;
  /** Cartesian topocentric x coordinate at the time of the observation (ICRS axes). [AU] */
  readonly topo_x: number | null;
  /** Cartesian topocentric y coordinate at the time of the observation (ICRS axes). [AU] */
  readonly topo_y: number | null;
  /** Cartesian topocentric z coordinate at the time of the observation (ICRS axes). [AU] */
  readonly topo_z: number | null;
  /** Cartesian topocentric velocity along x at the time of the observation. [km/s] */
  readonly topo_vx: number | null;
  /** Cartesian topocentric velocity along y at the time of the observation. [km/s] */
  readonly topo_vy: number | null;
  /** Cartesian topocentric velocity along z at the time of the observation. [km/s] */
  readonly topo_vz: number | null;
  /** Magnitude of the topocentric velocity. [km/s] */
  readonly topo_vtot: number | null;
  /** Rank of the object among those near the detection by distance; 1 for the nearest. */
  readonly diaDistanceRank: number | null;
}

/** Orbits of Solar System objects in the form of the Minor Planet Center, replicated every day. */
export interface MpcOrbitsRow {
  /** Row number of the source table. */
  readonly id: number;
  /** Primary designation, unpacked: a number where the object has one, else the provisional designation. */
  readonly designation: string;
  /** Primary provisional designation in packed form, such as K08A00B. */
  readonly packed_primary_provisional_designation: string;
  /** Primary provisional designation in plain form, such as 2008 AB. */
  readonly unpacked_primary_provisional_designation: string;
  /** Whole orbit record as JSON. */
  readonly mpc_orb_jsonb: string | null;
  /** Time when the row was made. */
  readonly created_at: string | null;
  /** Time when the row was last changed. */
  readonly updated_at: string | null;
  /** Class of the orbit. */
  readonly orbit_type_int: number | null;
  /** Uncertainty parameter U, from 0 (well known) to 9. */
  readonly u_param: number | null;
  /** Number of oppositions with observations. */
  readonly nopp: number | null;
  /** Time covered by all observations. [d] */
  readonly arc_length_total: number | null;
  /** Time covered by the observations in the fit. [d] */
  readonly arc_length_sel: number | null;
  /** Number of observations. */
  readonly nobs_total: number | null;
  /** Number of observations in the fit. */
  readonly nobs_total_sel: number | null;
  /** Semi-major axis. [AU] */
  readonly a: number | null;
  /** Perihelion distance. [AU] */
  readonly q: number | null;
  /** Eccentricity. */
  readonly e: number | null;
  /** Inclination to the ecliptic (J2000). [deg] */
  readonly i: number | null;
  /** Longitude of the ascending node (J2000). [deg] */
  readonly node: number | null;
  /** Argument of perihelion (J2000). [deg] */
  readonly argperi: number | null;
  /** Time of perihelion passage, as a Modified Julian Date (TT). [d] */
  readonly peri_time: number | null;
  /** Transverse acceleration by the Yarkovsky effect. [1e-10.au.d-2] */
  readonly yarkovsky: number | null;
  /** Area-to-mass ratio that gives the radiation pressure. [m2.t-1] */
  readonly srp: number | null;
  /** Radial non-gravitational parameter. [m2.t-1] */
  readonly a1: number | null;
  /** Transverse non-gravitational parameter. [m2.t-1] */
  readonly a2: number | null;
  /** Normal non-gravitational parameter. [m2.t-1] */
  readonly a3: number | null;
  /** Delay of the non-gravitational force. */
  readonly dt: number | null;
  /** Mean anomaly at the epoch. [deg] */
  readonly mean_anomaly: number | null;
  /** Period of revolution. [d] */
  readonly period: number | null;
  /** Mean motion. [deg.d-1] */
  readonly mean_motion: number | null;
  /** Standard error of the semi-major axis. [AU] */
  readonly a_unc: number | null;
  /** Standard error of the perihelion distance. [AU] */
  readonly q_unc: number | null;
  /** Standard error of the eccentricity. */
  readonly e_unc: number | null;
  /** Standard error of the inclination. [deg] */
  readonly i_unc: number | null;
  /** Standard error of the longitude of the ascending node. [deg] */
  readonly node_unc: number | null;
  /** Standard error of the argument of perihelion. [deg] */
  readonly argperi_unc: number | null;
  /** Standard error of the time of perihelion passage. [d] */
  readonly peri_time_unc: number | null;
  /** Standard error of the Yarkovsky acceleration. [1e-10.au.d-2] */
  readonly yarkovsky_unc: number | null;
  /** Standard error of the area-to-mass ratio. [m2.t-1] */
  readonly srp_unc: number | null;
  /** Standard error of a1. [m2.t-1] */
  readonly a1_unc: number | null;
  /** Standard error of a2. [m2.t-1] */
  readonly a2_unc: number | null;
  /** Standard error of a3. [m2.t-1] */
  readonly a3_unc: number | null;
  /** Standard error of dt. */
  readonly dt_unc: number | null;
  /** Standard error of the mean anomaly. [deg] */
  readonly mean_anomaly_unc: number | null;
  /** Standard error of the period. [d] */
  readonly period_unc: number | null;
  /** Standard error of the mean motion. [deg.d-1] */
  readonly mean_motion_unc: number | null;
  /** Epoch of the elements, as a Modified Julian Date (TT). [d] */
  readonly epoch_mjd: number | null;
  /** Absolute magnitude H. [mag] */
  readonly h: number | null;
  /** Slope parameter G. */
  readonly g: number | null;
  /** Root mean square of the residuals. [arcsec] */
  readonly not_normalized_rms: number | null;
  /** Root mean square of the residuals over their errors. */
  readonly normalized_rms: number | null;
  /** Least distance between the orbits of the object and the Earth. [AU] */
  readonly earth_moid: number | null;
  /** Time when the orbit was fitted. */
  readonly fitting_datetime: string | null;
}
