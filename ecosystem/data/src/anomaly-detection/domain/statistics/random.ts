/** Numbers from 0 to less than 1 that only look like chance: one seed, one sequence. */
export type Random = () => number;

const TWO_TO_32 = 4_294_967_296;
const WARM_UP = 12;

/** The generator sfc32 (Chris Doty-Humphrey, PractRand), with a period of 2^128 on average. */
export function seededRandom(seed: number): Random {
  let [a, b, c, counter] = [0x9e3779b9, Math.floor(seed / TWO_TO_32) | 0, seed | 0, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / TWO_TO_32;
  };
  for (let round = 0; round < WARM_UP; round += 1) next();
  return next;
}

/** `count` different whole numbers below `size`, ascending; all of them where there are no more. */
export function drawWithoutReplacement(size: number, count: number, random: Random): Int32Array {
  if (count >= size) return Int32Array.from({ length: size }, (_, index) => index);
  // Robert Floyd's algorithm: as many draws as numbers are wanted, each set equally likely.
  const drawn = new Set<number>();
  for (let top = size - count; top < size; top += 1) {
    const candidate = Math.floor(random() * (top + 1));
    drawn.add(drawn.has(candidate) ? top : candidate);
  }
  return Int32Array.from(drawn).sort();
}
