export { checkKeys, checkOneOf, checkWholeNumber, MAX_DELAY_MS } from './check.js';
export { type ErrorCategory, type ErrorCode, errorCodes } from './codes.js';
export { defuse } from './defuse.js';
export { describeValue, messageOf } from './describe.js';
export { categoryOf, type ErrorDetails, type Issue, MortarError } from './mortar-error.js';
export { nearest } from './nearest.js';
