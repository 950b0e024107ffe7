/** Combined frames from raws, without the tasks: for programs that run no pipeline and should start fast. */
export { buildMaster, type Master, type MasterFrame, type MasterKind, type MasterOptions, type MasterPlanes } from './build-master.ts';
