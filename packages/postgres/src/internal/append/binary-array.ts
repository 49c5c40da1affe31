/** Types of elements, by their object ids, which PostgreSQL never changes. */
const OIDS = { uuid: 2950, text: 25, bigint: 20, integer: 23, smallint: 21 } as const;

const HEADER_BYTES = 20;
const NULL_LENGTH = -1;

/**
 * Arrays in PostgreSQL's binary form (`array_recv` in its source): nothing has to be escaped and parsed again, as JSON
 * within an array's text would. A driver sends a Buffer as a binary parameter.
 */
export function textArray(values: readonly (string | null)[]): Buffer {
  let bytes = HEADER_BYTES;
  let hasNull = false;
  for (const value of values) {
    bytes += 4;
    if (value === null) hasNull = true;
    else bytes += Buffer.byteLength(value);
  }
  const array = arrayOf(OIDS.text, values.length, bytes, hasNull);
  let end = HEADER_BYTES;
  for (const value of values) {
    const written = value === null ? 0 : array.write(value, end + 4);
    array.writeInt32BE(value === null ? NULL_LENGTH : written, end);
    end += 4 + written;
  }
  return array;
}

/** Ids are lower-case UUIDs, with dashes. */
export function uuidArray(values: readonly string[]): Buffer {
  const array = arrayOf(OIDS.uuid, values.length, HEADER_BYTES + values.length * 20, false);
  let end = HEADER_BYTES;
  for (const value of values) {
    array.writeInt32BE(16, end);
    array.write(value.replaceAll('-', ''), end + 4, 'hex');
    end += 20;
  }
  return array;
}

export function bigintArray(values: readonly number[]): Buffer {
  const array = arrayOf(OIDS.bigint, values.length, HEADER_BYTES + values.length * 12, false);
  let end = HEADER_BYTES;
  for (const value of values) {
    array.writeInt32BE(8, end);
    array.writeInt32BE(Math.floor(value / 2 ** 32), end + 4);
    array.writeUInt32BE(((value % 2 ** 32) + 2 ** 32) % 2 ** 32, end + 8);
    end += 12;
  }
  return array;
}

export function integerArray(values: readonly number[]): Buffer {
  const array = arrayOf(OIDS.integer, values.length, HEADER_BYTES + values.length * 8, false);
  let end = HEADER_BYTES;
  for (const value of values) {
    array.writeInt32BE(4, end);
    array.writeInt32BE(value, end + 4);
    end += 8;
  }
  return array;
}

export function smallintArray(values: readonly number[]): Buffer {
  const array = arrayOf(OIDS.smallint, values.length, HEADER_BYTES + values.length * 6, false);
  let end = HEADER_BYTES;
  for (const value of values) {
    array.writeInt32BE(2, end);
    array.writeInt16BE(value, end + 4);
    end += 6;
  }
  return array;
}

/** With one dimension that begins at 1; an empty array has none. */
function arrayOf(oid: number, length: number, bytes: number, hasNull: boolean): Buffer {
  const array = Buffer.allocUnsafe(length === 0 ? 12 : bytes);
  array.writeInt32BE(length === 0 ? 0 : 1, 0);
  array.writeInt32BE(hasNull ? 1 : 0, 4);
  array.writeInt32BE(oid, 8);
  if (length === 0) return array;
  array.writeInt32BE(length, 12);
  array.writeInt32BE(1, 16);
  return array;
}
