/** What answers questions about the code. It is loaded when one is put: help and completion need not wait for it. */
export { drawGraph, whatIfMove } from '@mortar/boundaries';
export { findFile, findNamed, findTarget } from '../project/named.js';
export { readCode, readModules } from '../project/reading.js';
export { explanationOf, explanationText } from './explaining.js';
export { sourceCanvas } from './source-canvas.js';
export { shortestWay } from './way.js';
