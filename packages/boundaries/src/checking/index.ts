export { loadFormat } from '../report/load-format.js';
export { checkFolder } from './check-folder.js';
export type { FolderCheck, FolderCheckOptions } from './folder-check.js';
