/** What kind of failure an error is. The category drives the default decision after a failed delivery. */
export type ErrorCategory =
  | 'validation'
  | 'not-found'
  | 'conflict'
  | 'permission'
  | 'timeout'
  | 'unavailable'
  | 'throttled'
  | 'corrupt'
  | 'internal';

/**
 * Every code Mortar answers with, and its category. A code is stable: it is never renamed or reused.
 * Each has a page in `docs/reference/errors/`; a test fails for a missing or a stale one.
 */
export const errorCodes = {
  // contracts
  MORTAR_NAME_INVALID: 'validation',
  MORTAR_CONTRACT_INVALID: 'validation',
  MORTAR_SCHEMA_ASYNC: 'validation',
  MORTAR_DATA_INVALID: 'validation',
  MORTAR_RESULT_INVALID: 'validation',
  MORTAR_KEY_INVALID: 'validation',
  MORTAR_TAGS_INVALID: 'validation',
  MORTAR_ENVELOPE_INVALID: 'validation',
  MORTAR_CLOUD_EVENT_INVALID: 'validation',
  MORTAR_UPCAST_MISSING: 'corrupt',
  MORTAR_UPCAST_FAILED: 'corrupt',
  MORTAR_CODEC_UNSUPPORTED: 'validation',
  MORTAR_CODEC_TOO_DEEP: 'validation',
  MORTAR_CODEC_TOO_LARGE: 'validation',
  MORTAR_CODEC_CORRUPT: 'corrupt',
  // config
  MORTAR_CONFIG_INVALID: 'validation',
  MORTAR_CONFIG_UNKNOWN_KEY: 'validation',
  MORTAR_CONFIG_FILE: 'validation',
  // resilience and optional dependencies
  MORTAR_CIRCUIT_OPEN: 'unavailable',
  MORTAR_BULKHEAD_FULL: 'throttled',
  MORTAR_TIMEOUT: 'timeout',
  MORTAR_DEPENDENCY_MISSING: 'unavailable',
  // bus
  MORTAR_OPTIONS_INVALID: 'validation',
  MORTAR_PATTERN_INVALID: 'validation',
  MORTAR_HANDLER_INVALID: 'validation',
  MORTAR_HANDLER_DUPLICATE: 'conflict',
  MORTAR_HANDLER_MISSING: 'not-found',
  MORTAR_HANDLER_ASYNC: 'validation',
  MORTAR_HANDLER_TIMEOUT: 'timeout',
  MORTAR_HANDLER_ABORTED: 'unavailable',
  MORTAR_CONTEXT_CLOSED: 'validation',
  MORTAR_QUERY_WRITES: 'validation',
  MORTAR_PUBLISH_DEPTH: 'validation',
  MORTAR_QUEUE_FULL: 'throttled',
  MORTAR_BUS_STOPPED: 'unavailable',
  MORTAR_WAIT_TIMEOUT: 'timeout',
  MORTAR_THREAD_FAILED: 'internal',
  MORTAR_NOT_OWNER: 'permission',
  MORTAR_REQUEST_TIMEOUT: 'timeout',
  MORTAR_REQUEST_REFUSED: 'conflict',
  MORTAR_RULE_BROKEN: 'validation',
  MORTAR_IDEMPOTENCY_CONFLICT: 'conflict',
  MORTAR_IDEMPOTENCY_CYCLE: 'validation',
  MORTAR_SEND_UNDECLARED: 'permission',
  // event store, unit of work
  MORTAR_STREAM_ID_INVALID: 'validation',
  MORTAR_VERSION_INVALID: 'validation',
  MORTAR_STREAM_MISSING: 'not-found',
  MORTAR_STREAM_CLOSED: 'conflict',
  MORTAR_EVENT_DUPLICATE: 'conflict',
  MORTAR_APPEND_CONFLICT: 'conflict',
  MORTAR_COMMIT_UNKNOWN: 'unavailable',
  MORTAR_COMMAND_REPEATED: 'conflict',
  MORTAR_MESSAGE_HANDLED: 'conflict',
  MORTAR_CONSTRAINT_VIOLATED: 'conflict',
  MORTAR_WRITE_INVALID: 'validation',
  MORTAR_WRITE_TIMEOUT: 'timeout',
  MORTAR_STORE_MISSING: 'validation',
  // stores
  MORTAR_STORE_VERSION: 'validation',
  MORTAR_STORE_CLOSED: 'unavailable',
  MORTAR_STORE_UNAVAILABLE: 'unavailable',
  MORTAR_STORE_FULL: 'unavailable',
  MORTAR_STORE_BROKEN: 'internal',
  MORTAR_STORE_CORRUPT: 'corrupt',
  MORTAR_MIGRATION_FAILED: 'internal',
  // read models
  MORTAR_COLLECTION_MISSING: 'not-found',
  MORTAR_COLLECTION_CONFLICT: 'conflict',
  MORTAR_DOCUMENT_INVALID: 'validation',
  MORTAR_GENERATION_MISSING: 'not-found',
  MORTAR_GENERATION_STATE: 'conflict',
  MORTAR_INLINE_STALE: 'conflict',
  MORTAR_INLINE_FAILED: 'validation',
  // delivery
  MORTAR_LEASE_LOST: 'conflict',
  MORTAR_CHECKPOINT_AHEAD: 'corrupt',
  MORTAR_SUBSCRIPTION_IN_USE: 'conflict',
  MORTAR_SUBSCRIPTION_MISSING: 'not-found',
  MORTAR_PROCESS_DIED: 'internal',
  MORTAR_REPLAY_MISSING: 'not-found',
  MORTAR_SCHEDULE_INVALID: 'validation',
  MORTAR_DEAD_LETTER_LOST: 'internal',
  MORTAR_DEAD_LETTER_MISSING: 'not-found',
  MORTAR_DEAD_LETTER_STATE: 'conflict',
  // sourcing
  MORTAR_DECIDER_INVALID: 'validation',
  MORTAR_FOLD_FAILED: 'corrupt',
  MORTAR_EVENT_UNKNOWN: 'corrupt',
  MORTAR_STREAM_CORRUPT: 'corrupt',
  // container, modules, app
  MORTAR_BINDING_MISSING: 'not-found',
  MORTAR_BINDING_DUPLICATE: 'conflict',
  MORTAR_BINDING_CYCLE: 'validation',
  MORTAR_BINDING_FAILED: 'internal',
  MORTAR_BINDING_CAPTIVE: 'validation',
  MORTAR_BINDING_ASYNC: 'validation',
  MORTAR_SCOPE_MISSING: 'validation',
  MORTAR_GRAPH_INVALID: 'validation',
  MORTAR_CONTAINER_STATE: 'conflict',
  MORTAR_DISPOSAL_FAILED: 'internal',
  MORTAR_MODULE_INVALID: 'validation',
  MORTAR_MODULE_MISSING: 'not-found',
  MORTAR_MODULE_CYCLE: 'validation',
  MORTAR_APP_STATE: 'conflict',
  MORTAR_START_FAILED: 'internal',
  MORTAR_STOP_FAILED: 'internal',
  // patterns, testing
  MORTAR_VERSION_CONFLICT: 'conflict',
  MORTAR_ENTITY_MISSING: 'not-found',
  MORTAR_UNIT_OF_WORK_CLOSED: 'validation',
  MORTAR_TIMERS_ENDLESS: 'validation',
  // ports
  MORTAR_PORT_MISSING: 'not-found',
  MORTAR_PORT_UNREACHABLE: 'unavailable',
  MORTAR_PORT_FAILED: 'internal',
  MORTAR_PERMISSION_DENIED: 'permission',
  MORTAR_TRANSLATION_FAILED: 'corrupt',
  MORTAR_OUTSIDE_FAILED: 'unavailable',
  // command
  MORTAR_GIT_UNAVAILABLE: 'unavailable',
  MORTAR_FILE_IN_WAY: 'conflict',
  MORTAR_PROJECT_EMPTY: 'not-found',
  // boundaries
  MORTAR_RULES_INVALID: 'validation',
  MORTAR_BASELINE_INVALID: 'validation',
} as const;

/** A stable error code, `MORTAR_…`. */
export type ErrorCode = keyof typeof errorCodes;
