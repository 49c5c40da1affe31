export { personal, REDACTED, Secret } from '../contracts/index.js';
export { type LogFields, type Logger, type LogMethod, silentLogger } from './logger.js';
export {
  createLogger,
  type LogDestination,
  type LoggerOptions,
  type LogLevel,
  logLevels,
} from './pino-logger.js';
