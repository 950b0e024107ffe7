import { Butler } from '@almagest/butler';
import { type SkyWcs } from '@almagest/wcs';
/** Side of the sample's images [pixel] and scale [deg/pixel]. */
export declare const SIDE = 600;
export declare const SCALE: number;
export declare const CENTER: {
    readonly ra: 150.1;
    readonly dec: 2.2;
};
/** Where a new source is in the second visit, in the difference and not in the template [pixel]. */
export declare const TRANSIENT: {
    readonly x: 402.4;
    readonly y: 217.3;
};
export interface SampleRepository extends AsyncDisposable {
    readonly butler: Butler;
    readonly folder: string;
}
/**
 * A repository with made-up exposures of one field: calexp, template_detector and difference_image of two visits in bands
 * g and r, with the same stars, a saturated one, a cosmic ray, and a source that appears in the second visit.
 */
export declare function makeSampleRepository(): Promise<SampleRepository>;
export declare function sampleWcs(): SkyWcs;
