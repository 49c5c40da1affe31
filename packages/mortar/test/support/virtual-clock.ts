export { settled, VirtualClock } from '../../src/testing/index.js';
