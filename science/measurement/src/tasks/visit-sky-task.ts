import { fitFocalPlaneSky } from '@almagest/characterization';
import { type Camera, focalPlaneToField, getDetector, pixelToFocalPlane } from '@almagest/instrument';
import { type Deferred, defineTask, input, integerField, numberField, output, prerequisite, type Task } from '@almagest/pipeline';
import { makeColumn, makeTable, type Table } from '@almagest/table';
import { levelOfTable } from './background-of-table.ts';

const VISIT = ['instrument', 'visit'];

/** One sky for all detectors of a visit. */
export const visitSkyTask: Task = defineTask({
  name: 'fitVisitSky',
  doc: 'Fits one smooth sky over the focal plane to the skies of all detectors of a visit.',
  dimensions: VISIT,
  config: {
    order: integerField({ doc: 'Order of the surface in each direction.', default: 4, min: 0, max: 12 }),
    clipSigma: numberField({ doc: 'Cells beyond this many scatters are left out.', default: 3, min: 1 }),
  },
  connections: {
    backgrounds: input<readonly Deferred<Table>[]>({
      name: 'icExpBackground',
      storageClass: 'ArrowTable',
      dimensions: ['instrument', 'visit', 'detector'],
      doc: 'Mesh of sky levels of each detector [electron].',
      multiple: true,
      deferred: true,
    }),
    camera: prerequisite<Camera>({
      name: 'camera',
      storageClass: 'Camera',
      dimensions: ['instrument'],
      doc: 'Geometry of the camera.',
      calibration: true,
    }),
    sky: output<Table>({
      name: 'visitSky',
      storageClass: 'ArrowTable',
      dimensions: VISIT,
      doc: 'The sky of the visit on the mesh of each detector [electron].',
    }),
  },
  async run({ backgrounds, camera }, config, { metadata }) {
    const skies: { detector: number; level: ReturnType<typeof levelOfTable> }[] = [];
    for (const item of backgrounds) skies.push({ detector: Number(item.dataId['detector']), level: levelOfTable(await item.get()) });
    skies.sort((a, b) => a.detector - b.detector);
    const reach = reachOf(camera);
    const { skies: fitted, scatter } = fitFocalPlaneSky(
      skies.map(({ detector, level }) => {
        const geometry = getDetector(camera, detector);
        const toFocalPlane = (x: number, y: number): { u: number; v: number } => {
          const { xArcsec, yArcsec } = focalPlaneToField(camera, pixelToFocalPlane(geometry, x, y));
          return { u: xArcsec / reach, v: yArcsec / reach };
        };
        return { detector, level, toFocalPlane };
      }),
      config,
    );
    metadata.metric('skyScatter', scatter, 'electron');
    const parts = [...fitted].flatMap(([detector, mesh]) => Array.from(mesh.values, (level) => ({ detector, level, mesh })));
    const whole = (name: string, of: (part: (typeof parts)[number]) => number): Table['columns'][number] =>
      makeColumn({ name, datatype: 'int32', data: Int32Array.from(parts, of) });
    return {
      sky: makeTable([
        whole('detector', ({ detector }) => detector),
        makeColumn({ name: 'level', datatype: 'float64', data: Float64Array.from(parts, ({ level }) => level), unit: 'electron' }),
        whole('columns', ({ mesh }) => mesh.columns),
        whole('cellWidth', ({ mesh }) => mesh.cellWidth),
        whole('cellHeight', ({ mesh }) => mesh.cellHeight),
      ]),
    };
  },
});

/** Field angle of the farthest corner along one axis [arcsec]: coordinates stay within -1 and 1. */
function reachOf(camera: Camera): number {
  return camera.detectors.reduce((most, detector) => {
    const corners = [0, detector.width - 1].flatMap((x) =>
      [0, detector.height - 1].map((y) => focalPlaneToField(camera, pixelToFocalPlane(detector, x, y))),
    );
    return corners.reduce((far, { xArcsec, yArcsec }) => Math.max(far, Math.abs(xArcsec), Math.abs(yArcsec)), most);
  }, 0);
}
