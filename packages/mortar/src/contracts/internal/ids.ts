/**
 * UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then randomness, so that ids sort by time.
 * Within a process ids strictly increase, also within a millisecond and when the clock steps back.
 *
 * Fresh random bits are drawn once a millisecond; ids within it count up the last 16 bits (RFC 9562, section 6.2,
 * method 2). Two processes collide only if they draw the same 58 bits in the same millisecond.
 */
const COUNTER_LIMIT = 0x1_0000;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const POOL_BYTES = 2_560;
const BYTES_A_DRAW = 10;

const pool = new Uint8Array(POOL_BYTES);
let poolOffset = POOL_BYTES;
let lastMs = 0;
let counter = COUNTER_LIMIT;
/** All of an id but its last 16 bits; and the same with the upper half of these. */
let prefix = '';
let longPrefix = '';

/** A new UUIDv7, greater than every one made before in this process. `now` is the time of the system clock. */
export function newId(now: number = Date.now()): string {
  if (now > lastMs) startMillisecond(now);
  else if (counter === COUNTER_LIMIT) startMillisecond(lastMs + 1);
  else if ((counter & 0xff) === 0) longPrefix = prefix + hexByte(counter >>> 8);
  const id = longPrefix + hexByte(counter & 0xff);
  counter += 1;
  return id;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a value is a UUID in its canonical, lower-case form. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

function startMillisecond(ms: number): void {
  lastMs = ms;
  const random = draw();
  const byte = (index: number): number => random[index] ?? 0;
  const time = ms.toString(16).padStart(12, '0');
  const versionAndA = `7${hexByte(byte(0) & 0x0f).slice(1)}${hexByte(byte(1))}`;
  const variantAndB = hexByte((byte(2) & 0x3f) | 0x80) + hexByte(byte(3));
  const rest = hexByte(byte(4)) + hexByte(byte(5)) + hexByte(byte(6)) + hexByte(byte(7));
  prefix = `${time.slice(0, 8)}-${time.slice(8)}-${versionAndA}-${variantAndB}-${rest}`;
  // Starts in the lowest sixteenth, so that a burst within one millisecond has room.
  counter = ((byte(8) & 0x0f) << 8) | byte(9);
  longPrefix = prefix + hexByte(counter >>> 8);
}

function draw(): Uint8Array {
  if (poolOffset === POOL_BYTES) {
    globalThis.crypto.getRandomValues(pool);
    poolOffset = 0;
  }
  poolOffset += BYTES_A_DRAW;
  return pool.subarray(poolOffset - BYTES_A_DRAW, poolOffset);
}

function hexByte(byte: number): string {
  return HEX[byte] ?? '';
}
