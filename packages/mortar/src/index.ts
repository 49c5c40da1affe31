export {
  command,
  createEnvelope,
  event,
  query,
} from './contracts/index.js';
